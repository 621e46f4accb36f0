import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore

struct CamerasExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the inventory files that Excel opens and `import` takes back unchanged.")

    @Argument(help: "The folder to write to; files of the same name are replaced.")
    var folder: String

    @OptionGroup var registry: RegistryOptions

    func run() async throws {
        try await reportingFailure {
            let files = try await registry.withStores { stores in
                let store = stores.points
                let points = try await store.allCameraPoints()
                var files = AccessMethod.allCases.map { (PointFile.name(of: $0), InventoryWriter.points(points, of: $0)) }
                files.append((IntermediaryColumns.fileName, InventoryWriter.intermediaries(try await store.intermediaries())))
                files.append(
                    (SecurityCompanyColumns.fileName, InventoryWriter.securityCompanies(try await store.securityCompanies())))
                return files
            }
            let url = URL(fileURLWithPath: folder, isDirectory: true)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for (name, bytes) in files {
                try Data(bytes).write(to: url.appendingPathComponent(name), options: .atomic)
                StandardStreams.output(url.appendingPathComponent(name).path)
            }
        }
    }
}
