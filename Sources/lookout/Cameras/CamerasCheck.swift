import ArgumentParser
import CameraRegistry
import GatewayCore

/// Needs no daemon and no database.
struct CamerasCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reports every fault of inventory files, with file, line, column and remedy.")

    @Argument(help: "A folder of inventory files, or one of them.")
    var path: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let inventory = Inventory(files: try InventoryFolder.read(path))
            InventorySummary(inventory).printed(asJSON: json)
            if inventory.hasErrors { throw ExitCode.failure }
        }
    }
}
