import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore
import GatewayStore

/// A file is imported whole or not at all; another file's faults do not hold it back.
struct CamerasImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Imports inventory files, each whole or not at all. A second import changes nothing.")

    @Argument(help: "A folder of inventory files, or one of them.")
    var path: String

    @OptionGroup var registry: RegistryOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let files = try InventoryFolder.read(path)
            let summary = try await registry.withStores(mayCreate: true) { stores in
                try await InventoryImport(store: stores.points, vault: stores.vault).run(files)
            }
            InventorySummary(summary).printed(asJSON: json)
            if summary.inventory.hasErrors { throw ExitCode.failure }
        }
    }
}

extension InventorySummary {
    init(_ report: InventoryImport.Report) {
        self.init(report.inventory)
        for index in files.indices {
            guard let counts = report.counts[files[index].file] else { continue }
            files[index].inserted = counts.inserted
            files[index].changed = counts.changed
            files[index].unchanged = counts.unchanged
        }
    }
}
