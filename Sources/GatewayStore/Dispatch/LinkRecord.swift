import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import VideoDispatch

/// Writes and reads rows of the link table inside a transaction that someone else has opened.
package enum LinkRecord {
    /// Ends an incident's links in the transaction in which the incident ends.
    package static let endWithIncident: DatabaseIncidentStore.EndingStep = { db, incident, actor, date in
        _ = try end(.incident(incident.id), by: actor, at: date, in: db)
    }

    static func insert(_ link: Link, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO link (id, incident_id, camera_point_id, camera_point_name, record, ground, reason, linked_ms, linked_by,
                    linked_by_name, linked_by_role, linked_by_unit, expires_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                link.id.rawValue, link.incident.rawValue, link.cameraPoint.rawValue, link.cameraPointName, link.record,
                link.ground?.rawValue, link.reason, link.linkedAt.millisecondsSince1970, link.linkedBy.id.rawValue,
                link.linkedBy.name, link.linkedBy.role, link.linkedBy.unit, link.expiresAt.millisecondsSince1970,
            ])
    }

    /// Writes what may change, with what the journal and the events say of it.
    static func write(_ change: LinkChange, in db: Database) throws {
        let link = change.link
        try db.execute(
            sql: "UPDATE link SET expires_ms = ?, ended_ms = ?, end_reason = ? WHERE id = ?",
            arguments: [
                link.expiresAt.millisecondsSince1970, link.endedAt?.millisecondsSince1970, link.endReason?.rawValue,
                link.id.rawValue,
            ])
        try JournalRecord.append(change.journal, in: db)
        try EventRecord.insert(change.event, in: db)
    }

    static func find(_ id: LinkID, in db: Database) throws -> Link? {
        try Row.fetchOne(db, sql: "SELECT * FROM link WHERE id = ?", arguments: [id.rawValue]).map(link)
    }

    static func fetch(
        where condition: String, _ arguments: StatementArguments = [], order: String = "row", in db: Database
    ) throws
        -> [Link]
    {
        try Row.fetchAll(db, sql: "SELECT * FROM link WHERE \(condition) ORDER BY \(order)", arguments: arguments).map(link)
    }

    /// Ends the selected links that are not ended, oldest first.
    static func end(_ selection: LinkSelection, by actor: IncidentActor?, at date: Date, in db: Database) throws -> [Link] {
        let selected: [Link]
        switch selection {
        case .expired:
            selected = try fetch(where: "ended_ms IS NULL AND expires_ms <= ?", [date.millisecondsSince1970], in: db)
        case .ofEndedIncidents:
            selected = try fetch(
                where:
                    "ended_ms IS NULL AND EXISTS (SELECT 1 FROM incident WHERE id = incident_id AND incident.ended_ms IS NOT NULL)",
                in: db)
        case .incident(let id): selected = try fetch(where: "ended_ms IS NULL AND incident_id = ?", [id.rawValue], in: db)
        case .cameraPoint(let id, _): selected = try fetch(where: "ended_ms IS NULL AND camera_point_id = ?", [id.rawValue], in: db)
        }
        return try selected.map { link in
            let change = link.ending(selection.reason, by: actor, at: date)
            try write(change, in: db)
            return change.link
        }
    }

    private static func link(_ row: Row) throws -> Link {
        let ground: String? = row["ground"]
        let ended: Int64? = row["ended_ms"]
        let reason: String? = row["end_reason"]
        guard let id = LinkID(rawValue: row["id"]), let incident = IncidentID(rawValue: row["incident_id"]),
            let point = CameraPointID(rawValue: row["camera_point_id"]), let account = AccountID(rawValue: row["linked_by"])
        else { throw StoredValueError(table: "link") }
        return Link(
            id: id, incident: incident, cameraPoint: point, cameraPointName: row["camera_point_name"], record: row["record"],
            ground: ground.flatMap(LinkGround.init(rawValue:)), reason: row["reason"],
            linkedAt: Date(millisecondsSince1970: row["linked_ms"]),
            linkedBy: IncidentActor(
                id: account, name: row["linked_by_name"], role: row["linked_by_role"], unit: row["linked_by_unit"]),
            expiresAt: Date(millisecondsSince1970: row["expires_ms"]), endedAt: ended.map(Date.init(millisecondsSince1970:)),
            endReason: reason.flatMap(LinkEnd.init(rawValue:)))
    }
}
