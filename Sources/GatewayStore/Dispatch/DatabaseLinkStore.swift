import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import VideoDispatch

/// Links in SQLite.
package struct DatabaseLinkStore: LinkStore {
    private let database: GatewayDatabase

    package init(_ database: GatewayDatabase) { self.database = database }

    package func createLink(
        on incident: IncidentID, decide: @Sendable (Incident, [Link]) throws -> LinkChange
    ) async throws -> Link {
        try await withoutActuallyEscaping(decide) { decide in
            try await database.write { db in
                let incident = try IncidentRecord.require(incident, in: db)
                let current = try LinkRecord.fetch(where: "incident_id = ? AND ended_ms IS NULL", [incident.id.rawValue], in: db)
                let change = try decide(incident, current)
                // A link of the same point that ran out and was not swept yet makes room first.
                for old in current where old.cameraPoint == change.link.cameraPoint && !old.isActive(at: change.link.linkedAt) {
                    try LinkRecord.write(old.ending(.expired, by: nil, at: change.link.linkedAt), in: db)
                }
                try LinkRecord.insert(change.link, in: db)
                try JournalRecord.append(change.journal, in: db)
                try EventRecord.insert(change.event, in: db)
                return change.link
            }
        }
    }

    package func changeLink(
        _ id: LinkID, decide: @Sendable (Link, Incident) throws -> LinkChange?
    ) async throws -> Link {
        try await withoutActuallyEscaping(decide) { decide in
            try await database.write { db in
                guard let link = try LinkRecord.find(id, in: db) else {
                    throw GatewayError(.notFound, "linkNotFound", "没有这个关联。")
                }
                guard let change = try decide(link, IncidentRecord.require(link.incident, in: db)) else { return link }
                try LinkRecord.write(change, in: db)
                return change.link
            }
        }
    }

    package func endLinks(_ selection: LinkSelection, at date: Date) async throws -> [Link] {
        // Most of the time there is none: look before taking the writer.
        let isAny = try await database.pool.read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM link WHERE ended_ms IS NULL)") ?? false
        }
        guard isAny else { return [] }
        return try await database.write { try LinkRecord.end(selection, by: nil, at: date, in: $0) }
    }

    package func link(_ id: LinkID) async throws -> Link? { try await database.pool.read { try LinkRecord.find(id, in: $0) } }

    package func links(of incident: IncidentID) async throws -> [Link] {
        try await database.pool.read {
            try LinkRecord.fetch(where: "incident_id = ?", [incident.rawValue], order: "row DESC", in: $0)
        }
    }

    package func activeLinks(at date: Date) async throws -> [Link] {
        try await database.pool.read {
            try LinkRecord.fetch(where: "ended_ms IS NULL AND expires_ms > ?", [date.millisecondsSince1970], in: $0)
        }
    }
}
