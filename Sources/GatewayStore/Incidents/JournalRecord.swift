import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// Writes and reads journal entries inside a transaction that someone else has opened.
package enum JournalRecord {
    /// Numbers, chains and writes the entry, and tells it as `journal.appended`.
    ///
    /// - Throws: `GatewayError` `incidentNotFound`.
    @discardableResult
    package static func append(_ draft: JournalDraft, in db: Database) throws -> JournalEntry {
        guard let head = try head(of: draft.incident, in: db) else { throw incidentNotFound(draft.incident) }
        let entry = try JournalEntry(sealing: draft, sequence: head.entries + 1, after: head.hash)
        try db.execute(
            sql: """
                INSERT INTO journal_entry (incident_id, sequence, at_ms, actor_id, actor_name, actor_role, actor_unit, kind, text,
                    body, previous_hash, hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.incident.rawValue, entry.sequence, entry.atMilliseconds, entry.actor?.id.rawValue, entry.actor?.name,
                entry.actor?.role, entry.actor?.unit, entry.kind.rawValue, entry.text, entry.bodyText,
                Data(entry.previousHash), Data(entry.hash),
            ])
        try EventRecord.insert(
            EventDraft(
                at: draft.at, kind: .journalAppended, subject: draft.incident.rawValue, incident: draft.incident,
                payload: ["sequence": .integer(entry.sequence), "kind": .string(entry.kind.rawValue), "text": .string(entry.text)]),
            in: db)
        return entry
    }

    static func head(of incident: IncidentID, in db: Database) throws -> (entries: Int64, hash: [UInt8])? {
        let row = try Row.fetchOne(
            db, sql: "SELECT entries, hash FROM journal_head WHERE incident_id = ?", arguments: [incident.rawValue])
        return row.map { ($0["entries"], [UInt8]($0["hash"] as Data)) }
    }

    static func incidentNotFound(_ id: IncidentID) -> GatewayError {
        GatewayError(.notFound, "incidentNotFound", "没有编号为 \(id) 的事件", details: ["incident": id.rawValue])
    }

    /// Throws if a row does not even have the shape of an entry.
    static func entry(_ row: Row) throws -> JournalEntry {
        let actorID: String? = row["actor_id"]
        let actor = actorID.flatMap(AccountID.init(rawValue:)).map {
            IncidentActor(id: $0, name: row["actor_name"], role: row["actor_role"], unit: row["actor_unit"])
        }
        guard let incident = IncidentID(rawValue: row["incident_id"]) else { throw StoredValueError(table: "journal_entry") }
        return JournalEntry(
            incident: incident, sequence: row["sequence"], atMilliseconds: row["at_ms"], actor: actor,
            kind: JournalKind(rawValue: row["kind"]), text: row["text"], bodyText: row["body"],
            previousHash: [UInt8](row["previous_hash"] as Data), hash: [UInt8](row["hash"] as Data))
    }
}

/// A row holds what no store writes: someone else wrote to the database.
package struct StoredValueError: Error, CustomStringConvertible {
    package let table: String
    package init(table: String) { self.table = table }
    package var description: String { "a row of table \(table) holds a value that the gateway does not write" }
}
