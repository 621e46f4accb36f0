import Glibc

/// All viewers of a run.
final class Audience {
    private let places: [(url: MediaURL, headers: [String])]
    private let spacing: Double
    private let poll: EventPoll
    private let memory = ByteStream.Memory()
    private var viewers: [Int32: any Viewer] = [:]
    private var nextHousekeeping = MonotonicTime.now
    private var started = 0
    private(set) var failures: [String] = []
    let tally = Tally()

    /// - Parameters:
    ///   - lines: a URL each, and after a blank a header that its request has.
    ///   - spacing: seconds from one viewer's beginning to the next.
    init(_ lines: [String], spacing: Double, poll: EventPoll) throws {
        places = try lines.map { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            return (try MediaURL(parts[0]), Array(parts.dropFirst()))
        }
        self.spacing = spacing
        self.poll = poll
    }

    var viewerCount: Int { places.count }

    /// Reads until the time is reached; `true` if it was told to stop before.
    func read(until deadline: MonotonicTime, from start: MonotonicTime, stop: StopSignal) throws -> Bool {
        var isStopped = false
        while !isStopped {
            let now = MonotonicTime.now
            guard now < deadline else { break }
            while started < places.count, now >= start + Double(started) * spacing { begin() }
            if now >= nextHousekeeping {
                nextHousekeeping = now + 1
                for viewer in viewers.values { attempt(viewer) { try viewer.keepAlive(now: now) } }
            }
            let next = started < places.count ? start + Double(started) * spacing : now + 0.02
            try poll.wait(until: min(next, deadline)) { event in
                if let viewer = viewers[event.descriptor] {
                    attempt(viewer) { try viewer.read(tally) }
                } else if stop.isStop(event) {
                    isStopped = true
                }
            }
        }
        return isStopped
    }

    private func begin() {
        let (url, headers) = places[started]
        started += 1
        do {
            let viewer: any Viewer =
                url.scheme == "http"
                ? try HTTPViewer(url: url, headers: headers, memory: memory) : try RTSPViewer(url: url, memory: memory)
            try poll.add(viewer.stream.descriptor)
            viewers[viewer.stream.descriptor] = viewer
        } catch {
            failures.append("\(error)")
        }
    }

    private func attempt(_ viewer: any Viewer, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            failures.append("\(error)")
            viewers[viewer.stream.descriptor] = nil
            close(viewer.stream.descriptor)
        }
    }
}
