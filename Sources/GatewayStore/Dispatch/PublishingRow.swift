import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import VideoDispatch

/// Writes and reads the publishing tables inside a transaction that someone else has opened.
enum PublishingRow {
    static func insert(_ ticket: PublishingTicket, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO publishing_ticket (id, camera_point_id, camera_point_name, stream, note, issued_ms, issued_by,
                    issued_by_name, issued_by_role, issued_by_unit, expires_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                ticket.id.rawValue, ticket.feed.cameraPoint.rawValue, ticket.cameraPointName, ticket.feed.stream.rawValue,
                ticket.note, ticket.issuedAt.millisecondsSince1970, ticket.issuedBy.id.rawValue, ticket.issuedBy.name,
                ticket.issuedBy.role, ticket.issuedBy.unit, ticket.expiresAt.millisecondsSince1970,
            ])
    }

    static func ticket(_ id: PublishingTicketID, in db: Database) throws -> PublishingTicket? {
        try tickets(where: "id = ?", [id.rawValue], in: db).first
    }

    static func tickets(
        where condition: String, _ arguments: StatementArguments, in db: Database
    ) throws -> [PublishingTicket] {
        try Row.fetchAll(db, sql: "SELECT * FROM publishing_ticket WHERE \(condition)", arguments: arguments).map(ticket)
    }

    private static func ticket(_ row: Row) throws -> PublishingTicket {
        guard let id = PublishingTicketID(rawValue: row["id"]), let point = CameraPointID(rawValue: row["camera_point_id"]),
            let stream = StreamRole(rawValue: row["stream"]), let account = AccountID(rawValue: row["issued_by"])
        else { throw StoredValueError(table: "publishing_ticket") }
        let revoked: Int64? = row["revoked_ms"]
        return PublishingTicket(
            id: id, feed: FeedID(cameraPoint: point, stream: stream), cameraPointName: row["camera_point_name"], note: row["note"],
            issuedAt: Date(millisecondsSince1970: row["issued_ms"]),
            issuedBy: IncidentActor(
                id: account, name: row["issued_by_name"], role: row["issued_by_role"], unit: row["issued_by_unit"]),
            expiresAt: Date(millisecondsSince1970: row["expires_ms"]), revokedAt: revoked.map(Date.init(millisecondsSince1970:)),
            revokedByName: row["revoked_by_name"])
    }

    static func append(_ record: PublishingRecord, in db: Database) throws {
        let actor = record.actor
        try db.execute(
            sql: """
                INSERT INTO publishing_record (kind, at_ms, ticket_id, camera_point_id, stream, actor_id, actor_name, actor_role,
                    actor_unit, publication_id, peer, bytes, reason, times)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.kind.rawValue, record.at.millisecondsSince1970, record.ticket?.rawValue,
                record.feed?.cameraPoint.rawValue, record.feed?.stream.rawValue, actor?.id.rawValue, actor?.name, actor?.role,
                actor?.unit, record.publication?.rawValue, record.peer, record.bytes, record.reason, record.times,
            ])
    }

    static func record(_ row: Row) throws -> PublishingRecord {
        guard let kind = PublishingRecord.Kind(rawValue: row["kind"]) else { throw StoredValueError(table: "publishing_record") }
        let point: String? = row["camera_point_id"]
        let stream: String? = row["stream"]
        let ticket: String? = row["ticket_id"]
        let publication: String? = row["publication_id"]
        let account: String? = row["actor_id"]
        let actor = account.flatMap(AccountID.init(rawValue:)).map {
            IncidentActor(id: $0, name: row["actor_name"] ?? "", role: row["actor_role"] ?? "", unit: row["actor_unit"] ?? "")
        }
        return PublishingRecord(
            kind: kind, at: Date(millisecondsSince1970: row["at_ms"]), ticket: ticket.flatMap(PublishingTicketID.init(rawValue:)),
            feed: point.flatMap { point in stream.flatMap { FeedID("\(point)/\($0)") } }, actor: actor,
            publication: publication.flatMap(PublicationID.init(rawValue:)), peer: row["peer"], bytes: row["bytes"],
            reason: row["reason"], times: row["times"])
    }
}
