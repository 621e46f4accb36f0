import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore

/// A file is imported whole or not at all; another file's faults do not hold it back.
struct CamerasImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Imports inventory files, each whole or not at all. A second import changes nothing.")

    @Argument(help: "A folder of inventory files, or one of them.")
    var path: String

    @OptionGroup var place: DataPlace

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let files = try InventoryFolder.read(path)
            let summary = try await place.withGateway(
                online: { try Self.upload(files, to: $0) },
                offline: { stores in
                    InventorySummary(try await InventoryImport(store: stores.points, vault: stores.vault).run(files))
                })
            summary.printed(asJSON: json)
            if summary.hasErrors { throw ExitCode.failure }
        }
    }

    private struct Answer: Decodable {
        let accepted: Int
        let inserted: Int
        let changed: Int
        let unchanged: Int
        let faults: [InventoryFault]
        let hiddenFaults: Int
    }

    /// The API takes files of points; organisations are the administrator's, while the gateway is stopped.
    private static func upload(_ files: [(name: String, bytes: [UInt8])], to control: ControlClient) throws -> InventorySummary {
        var summary = InventorySummary()
        for method in AccessMethod.allCases {
            for file in files where PointFile.method(ofFile: file.name) == method {
                let answer = try JSONDecoder().decode(
                    Answer.self,
                    from: try control.bytes(
                        "POST", "camera-points/import?accessMethod=\(method.rawValue)", body: Data(file.bytes)))
                summary.files.append(
                    .init(
                        file: file.name, accessMethod: method.rawValue, rows: answer.accepted,
                        errors: answer.faults.count { $0.severity == .error } + answer.hiddenFaults, inserted: answer.inserted,
                        changed: answer.changed, unchanged: answer.unchanged))
                summary.points[method.rawValue, default: 0] += answer.accepted
                summary.total += answer.accepted
                summary.faults += answer.faults
                summary.hiddenFaults += answer.hiddenFaults
            }
        }
        for file in files where PointFile.method(ofFile: file.name) == nil {
            StandardStreams.error("\(file.name): 服务运行时不导入,停止服务后再导入接入中介和安防公司")
        }
        return summary
    }
}

extension InventorySummary {
    init(_ report: InventoryImport.Report) {
        self.init(report.inventory)
        for index in files.indices {
            guard let counts = report.counts[files[index].file] else { continue }
            files[index].inserted = counts.inserted
            files[index].changed = counts.changed + counts.organisations
            files[index].unchanged = counts.unchanged
        }
    }

    var hasErrors: Bool { hiddenFaults > 0 || faults.contains { $0.severity == .error } }
}
