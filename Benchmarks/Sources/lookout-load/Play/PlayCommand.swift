import ArgumentParser
import FoundationEssentials
import Glibc

struct PlayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play", abstract: "Reads many viewers and says what they got, and what it cost processes meanwhile.",
        discussion: """
            Viewers begin one after the other; the window that is measured begins after the warm-up and the last of them. \
            Without viewers the window alone is measured. Prints one line of JSON; exit 1 if a viewer was refused or closed.
            """)

    struct Report: Encodable {
        let viewers: Int
        let begun: Int
        let failed: Int
        let firstFailure: String?
        let seconds: Double
        let megabitsPerSecond: Double
        let units: Int
        let missingUnits: Int
        let lostPackets: Int
        let latencyMilliseconds: Distribution.Summary?
        let firstKeyMilliseconds: Distribution.Summary?
        let processes: [String: ProcessWatch.Cost]
    }

    @Option(help: "File of rtsp: and http: URLs, a viewer a line; after a blank a header for its request.")
    var urls: String?

    @Option(help: "Seconds to measure.")
    var seconds = 10.0

    @Option(help: "Seconds from the last viewer's beginning to the window.")
    var warmup = 3.0

    @Option(help: "Milliseconds from one viewer's beginning to the next.")
    var spacing = 10.0

    @Option(help: "NAME=PID of a process whose cost is measured; may be repeated.")
    var watch: [String] = []

    func run() throws {
        TCPSocket.raiseDescriptorLimit()
        let lines = try urls.map { try String(contentsOf: URL(fileURLWithPath: $0), encoding: .utf8).split(separator: "\n") } ?? []
        let poll = try EventPoll()
        let stop = try StopSignal(poll)
        let audience = try Audience(lines.map(String.init), spacing: spacing / 1_000, poll: poll)
        var watch = try ProcessWatch(watch + ["players=\(getpid())"])
        let start = MonotonicTime.now
        let begin = start + spacing / 1_000 * Double(audience.viewerCount) + warmup
        guard try !audience.read(until: begin, from: start, stop: stop) else { throw ExitCode.failure }
        try watch.begin()
        audience.tally.isMeasuring = true
        guard try !audience.read(until: .now + seconds, from: start, stop: stop) else { throw ExitCode.failure }
        let tally = audience.tally
        let (costs, measured) = try watch.end()
        try JSONLine.print(
            Report(
                viewers: audience.viewerCount, begun: tally.begun, failed: audience.failures.count,
                firstFailure: audience.failures.first, seconds: measured,
                megabitsPerSecond: Double(tally.bytes) * 8 / measured / 1e6, units: tally.units,
                missingUnits: tally.missingUnits, lostPackets: tally.lostPackets,
                latencyMilliseconds: tally.latency.summary, firstKeyMilliseconds: tally.firstKey.summary, processes: costs))
        if !audience.failures.isEmpty || tally.begun < audience.viewerCount { throw ExitCode.failure }
    }
}
