import ArgumentParser
import Foundation

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs a gateway with the county's 158 points, simulated cameras and an incident under way, on loopback.")

    @Option(help: "Port of the console and the API.")
    var port = 8_080

    @Option(help: "Port for RTSP players.")
    var rtspPort = 8_554

    @Option(help: "Folder of the demo's database, clips and footage. [default: ~/.local/state/lookout/demo]")
    var dataDir: String?

    @Option(help: "The inventory to import at the first start. [default: cameras/ beside the program]")
    var camerasDir: String?

    @Flag(help: "Print one line of JSON when ready, and nothing else.")
    var json = false

    func validate() throws {
        for (name, value) in [("--port", port), ("--rtsp-port", rtspPort)] where !(1...65_535).contains(value) {
            throw ValidationError("\(name) is a number from 1 to 65535")
        }
        guard port != rtspPort else { throw ValidationError("--port and --rtsp-port must differ") }
    }

    func run() async throws {
        try await reportingFailure {
            try ProgramFolder.check(ProgramFolder.companions + ["lookout-simulator"])
            try await Demo(
                dataDirectory: dataDir ?? Self.standardFolder, camerasFolder: CamerasFolder.find(named: camerasDir), httpPort: port,
                rtspPort: rtspPort, printsJSON: json
            ).run()
        }
    }

    /// XDG Base Directory: state that outlives a restart and is not worth a backup.
    private static var standardFolder: String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (state ?? NSHomeDirectory() + "/.local/state") + "/lookout/demo"
    }
}
