import ArgumentParser
import Foundation
import IncidentCommand

struct IncidentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incidents", abstract: "What the centre handles.", subcommands: [List.self])

    struct Row: Codable, Sendable {
        struct Stage: Codable, Sendable {
            let id: String
            let name: String
        }
        let id: String
        let number: String
        let title: String
        let stage: Stage
        let openedAt: Date
        let endedAt: Date?

        init(_ incident: Incident) {
            id = incident.id.rawValue
            number = incident.number
            title = incident.title
            stage = Stage(id: incident.stage.rawValue, name: incident.stage.name)
            openedAt = incident.openedAt
            endedAt = incident.endedAt
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists incidents, newest first.")
        @OptionGroup var place: DataPlace
        @Flag(help: "Those that have ended, too.") var all = false
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            try await reportingFailure {
                let rows = try await place.withGateway(
                    online: { try $0.items(all ? "incidents" : "incidents?state=active", of: Row.self) },
                    offline: { stores in
                        var rows: [Row] = []
                        var cursor: String?
                        repeat {
                            let page = try await stores.incidents.incidents(all ? nil : .active, limit: 200, cursor: cursor)
                            rows += page.items.map(Row.init)
                            cursor = page.nextCursor
                        } while cursor != nil
                        return rows
                    })
                try Table.print(
                    rows, asJSON: json,
                    columns: [
                        ("ID", { $0.id }), ("NUMBER", { $0.number }), ("STAGE", { $0.stage.name }),
                        ("OPENED", { $0.openedAt.formatted(.iso8601) }), ("TITLE", { $0.title }),
                    ])
            }
        }
    }
}
