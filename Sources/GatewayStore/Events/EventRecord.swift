import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// Writes and reads rows of the event table inside a transaction that someone else has opened.
package enum EventRecord {
    /// Writes the event; its number.
    @discardableResult
    package static func insert(_ draft: EventDraft, in db: Database) throws -> Int64 {
        try db.execute(
            sql: """
                INSERT INTO event (at_ms, kind, subject, incident_id, camera_point_id, payload) VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                draft.at.millisecondsSince1970, draft.kind.rawValue, draft.subject, draft.incident?.rawValue,
                draft.cameraPoint?.rawValue, try JSONValue.text(of: draft.payload),
            ])
        return db.lastInsertedRowID
    }

    static func event(_ row: Row) throws -> Event {
        let incident: String? = row["incident_id"]
        let cameraPoint: String? = row["camera_point_id"]
        return Event(
            id: row["id"],
            draft: EventDraft(
                at: Date(millisecondsSince1970: row["at_ms"]), kind: EventKind(rawValue: row["kind"]), subject: row["subject"],
                incident: incident.flatMap(IncidentID.init(rawValue:)),
                cameraPoint: cameraPoint.flatMap(CameraPointID.init(rawValue:)),
                payload: try JSONValue.object(from: row["payload"])))
    }
}
