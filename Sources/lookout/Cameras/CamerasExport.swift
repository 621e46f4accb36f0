import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore

struct CamerasExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the inventory files that Excel opens and «import» takes back unchanged.")

    @Argument(help: "The folder to write to; files of the same name are replaced.")
    var folder: String

    @OptionGroup var place: DataPlace

    func run() async throws {
        try await reportingFailure {
            let files = try await place.withGateway(online: Self.download, offline: Self.files)
            let url = URL(fileURLWithPath: folder, isDirectory: true)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for (name, bytes) in files {
                try bytes.write(to: url.appendingPathComponent(name), options: .atomic)
                StandardStreams.output(url.appendingPathComponent(name).path)
            }
        }
    }

    /// The running gateway hands out files of points.
    private static func download(_ control: ControlClient) throws -> [(String, Data)] {
        try AccessMethod.allCases.map { method in
            (PointFile.name(of: method), try control.bytes("GET", "camera-points/export?accessMethod=\(method.rawValue)"))
        }
    }

    private static func files(_ stores: GatewayStores) async throws -> [(String, Data)] {
        let points = try await stores.points.allCameraPoints()
        let intermediaries = try await stores.points.intermediaries()
        let companies = try await stores.points.securityCompanies()
        return AccessMethod.allCases.map { (PointFile.name(of: $0), Data(InventoryWriter.points(points, of: $0))) } + [
            (IntermediaryColumns.fileName, Data(InventoryWriter.intermediaries(intermediaries))),
            (SecurityCompanyColumns.fileName, Data(InventoryWriter.securityCompanies(companies))),
        ]
    }
}
