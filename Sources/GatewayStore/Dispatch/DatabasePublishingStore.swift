import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import VideoDispatch

/// Publishing tickets and their register in SQLite.
package struct DatabasePublishingStore: PublishingStore {
    private let database: GatewayDatabase

    package init(_ database: GatewayDatabase) { self.database = database }

    package func issue(_ ticket: PublishingTicket) async throws {
        try await database.write { db in
            try PublishingRow.insert(ticket, in: db)
            try PublishingRow.append(
                PublishingRecord(
                    kind: .issued, at: ticket.issuedAt, ticket: ticket.id, feed: ticket.feed, actor: ticket.issuedBy), in: db)
        }
    }

    package func revoke(
        _ id: PublishingTicketID, by actor: IncidentActor, at date: Date
    ) async throws -> PublishingTicket {
        try await database.write { db in
            guard var ticket = try PublishingRow.ticket(id, in: db) else {
                throw GatewayError(.notFound, "publishingTicketNotFound", "没有这个推流凭证。")
            }
            guard ticket.revokedAt == nil else { return ticket }
            ticket.revokedAt = date
            ticket.revokedByName = actor.name
            try db.execute(
                sql: "UPDATE publishing_ticket SET revoked_ms = ?, revoked_by_name = ? WHERE id = ?",
                arguments: [date.millisecondsSince1970, actor.name, id.rawValue])
            try PublishingRow.append(
                PublishingRecord(kind: .revoked, at: date, ticket: id, feed: ticket.feed, actor: actor), in: db)
            return ticket
        }
    }

    package func ticket(_ id: PublishingTicketID) async throws -> PublishingTicket? {
        try await database.pool.read { try PublishingRow.ticket(id, in: $0) }
    }

    package func tickets(of point: CameraPointID) async throws -> [PublishingTicket] {
        try await database.pool.read {
            try PublishingRow.tickets(where: "camera_point_id = ? ORDER BY issued_ms DESC, id", [point.rawValue], in: $0)
        }
    }

    package func activeTickets(at date: Date) async throws -> [PublishingTicket] {
        try await database.pool.read {
            try PublishingRow.tickets(where: "revoked_ms IS NULL AND expires_ms > ?", [date.millisecondsSince1970], in: $0)
        }
    }

    package func append(_ records: [PublishingRecord]) async throws {
        guard !records.isEmpty else { return }
        try await database.write { db in
            for record in records { try PublishingRow.append(record, in: db) }
        }
    }

    package func endOpenPublications(at date: Date, reason: String) async throws -> Int {
        try await database.write { db in
            let open = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM publishing_record AS began WHERE kind = 'began' AND NOT EXISTS (
                        SELECT 1 FROM publishing_record WHERE kind = 'ended' AND publication_id = began.publication_id)
                    """)
            for row in open {
                var record = try PublishingRow.record(row)
                record.kind = .ended
                record.at = date
                record.peer = nil
                record.reason = reason
                try PublishingRow.append(record, in: db)
            }
            return open.count
        }
    }

    /// By the time of what happened, not of its writing: a gate writes what publishers did behind what operators did.
    package func records(of point: CameraPointID?, limit: Int, cursor: Int64?) async throws -> PublishingPage {
        let limit = max(1, min(limit, 1_000))
        let filter = point == nil ? "1" : "camera_point_id = ?"
        let arguments = point.map { StatementArguments([$0.rawValue]) } ?? StatementArguments()
        return try await database.pool.read { db in
            let total =
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM publishing_record WHERE \(filter)", arguments: arguments) ?? 0
            let last = try cursor.flatMap {
                try Int64.fetchOne(db, sql: "SELECT at_ms FROM publishing_record WHERE number = ?", arguments: [$0])
            }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM publishing_record WHERE \(filter) AND (at_ms, number) < (?, ?)
                    ORDER BY at_ms DESC, number DESC LIMIT ?
                    """,
                arguments: arguments + [last ?? .max, cursor ?? .max, limit + 1])
            let items = try rows.prefix(limit).map { (number: $0["number"] as Int64, record: try PublishingRow.record($0)) }
            return PublishingPage(items: items, nextCursor: rows.count > limit ? items.last?.number : nil, total: total)
        }
    }
}
