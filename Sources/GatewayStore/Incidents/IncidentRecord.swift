import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// Writes and reads rows of the incident table inside a transaction that someone else has opened.
package enum IncidentRecord {
    /// The incident, for a store that holds its own rule against it in the same transaction.
    ///
    /// - Throws: `GatewayError` `incidentNotFound`.
    package static func require(_ id: IncidentID, in db: Database) throws -> Incident {
        guard let incident = try find(id, in: db) else { throw JournalRecord.incidentNotFound(id) }
        return incident
    }

    package static func find(_ id: IncidentID, in db: Database) throws -> Incident? {
        try Row.fetchOne(db, sql: "SELECT * FROM incident WHERE id = ?", arguments: [id.rawValue]).map(incident)
    }

    static func insert(_ incident: Incident, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO incident (id, number, title, category, level, provisional, mode, stage, longitude, latitude, address,
                    is_drill, ground, opened_ms, opened_by, opened_by_name, opened_by_role, opened_by_unit)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                incident.id.rawValue, incident.number, incident.title, incident.category.rawValue, incident.level?.rawValue,
                incident.provisional, incident.mode.rawValue, incident.stage.rawValue, incident.location?.longitude,
                incident.location?.latitude, incident.address, incident.isDrill, incident.ground?.rawValue,
                incident.openedAt.millisecondsSince1970, incident.openedBy.id.rawValue, incident.openedBy.name,
                incident.openedBy.role, incident.openedBy.unit,
            ])
    }

    /// Writes what may change: level, mode, stage, end.
    static func update(_ incident: Incident, in db: Database) throws {
        try db.execute(
            sql: "UPDATE incident SET level = ?, provisional = ?, mode = ?, stage = ?, ended_ms = ? WHERE id = ?",
            arguments: [
                incident.level?.rawValue, incident.provisional, incident.mode.rawValue, incident.stage.rawValue,
                incident.endedAt?.millisecondsSince1970, incident.id.rawValue,
            ])
    }

    /// Day at UTC+8, as the county writes dates, and the number of the day. Incidents are never deleted: counting is safe.
    static func nextNumber(at date: Date, in db: Database) throws -> String {
        let day = String(
            date.ISO8601Format(.iso8601Date(timeZone: TimeZone(secondsFromGMT: 8 * 3_600) ?? .gmt)).filter { $0 != "-" })
        let count =
            try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM incident WHERE number >= ? AND number < ?", arguments: [day + "-", day + "."])
            ?? 0
        let running = String(count + 1)
        return "\(day)-\(String(repeating: "0", count: max(0, 3 - running.count)))\(running)"
    }

    static func page(_ state: IncidentState?, limit: Int, cursor: String?, in db: Database) throws -> IncidentPage {
        let filter =
            switch state {
            case .active: "ended_ms IS NULL"
            case .ended: "ended_ms IS NOT NULL"
            case nil: "1"
            }
        var before = Int64.max
        if let cursor {
            guard let value = Int64(cursor) else {
                throw GatewayError(.invalid, "cursorInvalid", "分页游标无效", remedy: "从第一页重新开始", details: ["field": "cursor"])
            }
            before = value
        }
        let limit = max(1, min(limit, 500))
        let rows = try Row.fetchAll(
            db, sql: "SELECT * FROM incident WHERE \(filter) AND row < ? ORDER BY row DESC LIMIT ?", arguments: [before, limit + 1])
        let page = rows.prefix(limit)
        let last: Int64? = page.last?["row"]
        return IncidentPage(
            items: try page.map(incident), nextCursor: rows.count > limit ? last.map(String.init) : nil,
            total: try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM incident WHERE \(filter)") ?? 0)
    }

    private static func incident(_ row: Row) throws -> Incident {
        let level: String? = row["level"]
        let ended: Int64? = row["ended_ms"]
        let longitude: Double? = row["longitude"]
        let latitude: Double? = row["latitude"]
        let ground: String? = row["ground"]
        guard let id = IncidentID(rawValue: row["id"]), let openedBy = AccountID(rawValue: row["opened_by"]),
            let category = IncidentCategory(rawValue: row["category"]), let stage = IncidentStage(rawValue: row["stage"]),
            let stages = IncidentStages(
                category: category, level: level.flatMap(EventLevel.init(rawValue:)), provisional: row["provisional"],
                stage: stage)
        else { throw StoredValueError(table: "incident") }
        var location: GeoPoint?
        if let longitude, let latitude { location = GeoPoint(longitude: longitude, latitude: latitude) }
        return Incident(
            id: id, number: row["number"], title: row["title"], openedAt: Date(millisecondsSince1970: row["opened_ms"]),
            openedBy: IncidentActor(
                id: openedBy, name: row["opened_by_name"], role: row["opened_by_role"], unit: row["opened_by_unit"]),
            isDrill: row["is_drill"], location: location, address: row["address"],
            ground: ground.flatMap(LinkGround.init(rawValue:)), stages: stages,
            endedAt: ended.map(Date.init(millisecondsSince1970:)))
    }
}
