import Accounts
import Foundation
import GRDB
import GatewayCore

/// Writes and reads rows of the viewing register inside a transaction that someone else has opened.
package enum ViewingRow {
    /// Numbers, chains and writes the record; `nil` for a start or an end of a view that is already there.
    @discardableResult
    package static func append(_ draft: ViewingDraft, in db: Database) throws -> ViewingRecord? {
        if let view = draft.view {
            let found = try Row.fetchOne(
                db, sql: "SELECT 1 FROM viewing_record WHERE view_id = ? AND kind = ?",
                arguments: [view.rawValue, draft.kind.rawValue])
            if found != nil { return nil }
        }
        let head = try head(in: db)
        let record = ViewingRecord(sealing: draft, number: head.number + 1, after: head.hash)
        try db.execute(
            sql: """
                INSERT INTO viewing_record (number, kind, at_ms, account_id, account_name, role, unit, session_id, camera_point_id,
                    camera_point_name, stream, purpose, incident_id, link_id, reason, view_id, medium, peer, bytes, end_reason,
                    previous_hash, hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.number, draft.kind.rawValue, draft.at.millisecondsSince1970, draft.account.rawValue, draft.accountName,
                draft.role, draft.unit, draft.session?.rawValue, draft.cameraPoint.rawValue, draft.cameraPointName,
                draft.stream.rawValue, draft.purpose.rawValue, draft.incident?.rawValue, draft.link?.rawValue, draft.reason,
                draft.view?.rawValue, draft.medium, draft.peer, draft.bytes, draft.endReason, Data(record.previousHash),
                Data(record.hash),
            ])
        return record
    }

    static func head(in db: Database) throws -> (number: Int64, hash: [UInt8]) {
        guard let row = try Row.fetchOne(db, sql: "SELECT number, hash FROM viewing_head") else {
            throw StoredValueError(table: "viewing_head")
        }
        return (row["number"], [UInt8](row["hash"] as Data))
    }

    static func record(_ row: Row) throws -> ViewingRecord {
        guard let kind = ViewingDraft.Kind(rawValue: row["kind"]), let account = AccountID(rawValue: row["account_id"]),
            let cameraPoint = CameraPointID(rawValue: row["camera_point_id"]), let stream = StreamRole(rawValue: row["stream"]),
            let purpose = VideoPurpose(rawValue: row["purpose"])
        else { throw StoredValueError(table: "viewing_record") }
        let session: String? = row["session_id"]
        let incident: String? = row["incident_id"]
        let link: String? = row["link_id"]
        let view: String? = row["view_id"]
        let draft = ViewingDraft(
            kind: kind, at: Date(millisecondsSince1970: row["at_ms"]), account: account, accountName: row["account_name"],
            role: row["role"], unit: row["unit"], session: session.flatMap(SessionID.init(rawValue:)), cameraPoint: cameraPoint,
            cameraPointName: row["camera_point_name"], stream: stream, purpose: purpose,
            incident: incident.flatMap(IncidentID.init(rawValue:)), link: link.flatMap(LinkID.init(rawValue:)),
            reason: row["reason"], view: view.flatMap(ViewID.init(rawValue:)), medium: row["medium"], peer: row["peer"],
            bytes: row["bytes"], endReason: row["end_reason"])
        return ViewingRecord(
            number: row["number"], draft: draft, previousHash: [UInt8](row["previous_hash"] as Data),
            hash: [UInt8](row["hash"] as Data))
    }
}
