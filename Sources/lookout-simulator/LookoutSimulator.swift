import ArgumentParser
import CameraSimulator
import Foundation
import Logging
import ServiceLifecycle
import SimulatorManifest

/// The demo's cameras as a process of their own. Ends on SIGTERM, or when its parent does.
@main
struct LookoutSimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookout-simulator", abstract: "Plays synthetic RTSP cameras on loopback.")

    @Option(help: "JSON file that names the cameras.")
    var manifest: String

    @Option(help: "Folder of the clips that it encodes for itself.")
    var clips = "."

    @Option(help: "Port to listen on; 0: any free one.")
    var port = 0

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
    }

    func run() async throws {
        // Ctrl-C goes to the whole foreground group; the parent, which gets it too, ends its cameras last.
        signal(SIGINT, SIG_IGN)
        let logger = Logger(label: "simulator")
        let manifest = try await SimulatorManifest.load(file: URL(fileURLWithPath: manifest))
            .encoded(into: URL(fileURLWithPath: clips)) { done, total in Self.say(.encoding(done: done, total: total)) }
        let simulator = try await CameraSimulator.start(manifest: manifest, port: port, logger: logger)
        Self.say(.playing(port: simulator.port, cameras: manifest.cameras.count))
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: ParentWatch(), successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm], logger: logger))
        try await group.run()
        await simulator.shutdown()
    }

    private static func say(_ report: SimulatorReport) {
        guard let line = try? JSONEncoder().encode(report) else { return }
        FileHandle.standardOutput.write(line + Data("\n".utf8))
    }
}
