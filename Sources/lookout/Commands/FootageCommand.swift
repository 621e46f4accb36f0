import ArgumentParser
import Footage
import Foundation
import GatewayCore

struct FootageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footage", abstract: "What was recorded.", subcommands: [List.self])

    struct Row: Codable, Sendable {
        let id: String
        let cameraPointId: String
        let from: Date
        let to: Date?
        let bytes: Int64

        init(_ run: Run) {
            id = run.id.rawValue
            cameraPointId = run.feed.cameraPoint.rawValue
            from = run.startedAt
            to = run.endedAt
            bytes = run.playableBytes
        }
    }

    struct Answer: Decodable { let runs: [Row] }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the runs of an incident, oldest first.")
        @OptionGroup var place: DataPlace
        @Argument(help: "Identity of the incident, as «lookout incidents list» shows it.") var incident: String
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            try await reportingFailure {
                guard let id = IncidentID(rawValue: incident) else {
                    throw GatewayError(
                        .invalid, "incident", "«\(incident)» is no identity", remedy: "lookout incidents list shows them")
                }
                let rows = try await place.withGateway(
                    online: { try $0.get("incidents/\(id)/footage", as: Answer.self).runs },
                    offline: { stores in
                        let library = FootageLibrary(folder: stores.footageFolder, store: stores.footage)
                        return try await library.footage(of: id).runs.map(Row.init)
                    })
                try Table.print(
                    rows, asJSON: json,
                    columns: [
                        ("RUN", { $0.id }), ("POINT", { $0.cameraPointId }), ("FROM", { $0.from.formatted(.iso8601) }),
                        ("TO", { $0.to?.formatted(.iso8601) ?? "recording" }), ("BYTES", { String($0.bytes) }),
                    ])
            }
        }
    }
}
