import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// Incidents in SQLite.
package struct DatabaseIncidentStore: IncidentStore {
    /// What else ends in the very transaction in which an incident ends: its links. Writes its own journal entries and
    /// events; throwing undoes the end.
    package typealias EndingStep = @Sendable (Database, Incident, IncidentActor, Date) throws -> Void

    private let database: GatewayDatabase
    private let endingSteps: [EndingStep]

    package init(_ database: GatewayDatabase, endingSteps: [EndingStep] = []) {
        self.database = database
        self.endingSteps = endingSteps
    }

    // MARK: - Use cases

    package func open(_ opening: IncidentOpening, by actor: IncidentActor, at date: Date) async throws -> Incident {
        let opening = try opening.checked(by: actor)
        return try await database.write { db in
            let incident = Incident(
                id: .random(), number: try IncidentRecord.nextNumber(at: date, in: db), title: opening.title,
                openedAt: Date(millisecondsSince1970: date.millisecondsSince1970), openedBy: actor, isDrill: opening.isDrill,
                location: opening.location, address: opening.address, ground: opening.ground,
                stages: IncidentStages(category: opening.category, level: opening.level), endedAt: nil)
            try IncidentRecord.insert(incident, in: db)
            let level = incident.level.map { "，" + $0.name } ?? ""
            try JournalRecord.append(
                JournalDraft(
                    incident: incident.id, at: date, actor: actor, kind: .incidentOpened,
                    text: "登记\(incident.isDrill ? "演练" : "")事件“\(incident.title)”：\(incident.category.name)\(level)",
                    body: Self.openingBody(incident)),
                in: db)
            try Self.tell(.incidentOpened, incident, at: date, in: db)
            return incident
        }
    }

    package func transition(
        _ id: IncidentID, to stage: IncidentStage, note: String?, by actor: IncidentActor, at date: Date
    ) async throws -> Incident {
        let note = try IncidentText.checked(note ?? "", field: "note", limit: IncidentText.noteLimit)
        return try await database.write { [endingSteps] db in
            var incident = try IncidentRecord.require(id, in: db)
            let from = incident.stage
            try incident.stages.advance(to: stage, by: actor.duty)
            if stage.isFinal { incident.endedAt = Date(millisecondsSince1970: date.millisecondsSince1970) }
            try IncidentRecord.update(incident, in: db)
            try JournalRecord.append(
                JournalDraft(
                    incident: id, at: date, actor: actor, kind: .stageChanged,
                    text: "由“\(from.name)”转入“\(stage.name)”" + Self.suffix(note),
                    body: ["from": .string(from.rawValue), "to": .string(stage.rawValue), "note": Self.json(note)]),
                in: db)
            if incident.endedAt != nil {
                for step in endingSteps { try step(db, incident, actor, date) }
            }
            try Self.tell(incident.isActive ? .incidentChanged : .incidentEnded, incident, at: date, in: db)
            return incident
        }
    }

    package func setMode(_ id: IncidentID, order: ModeOrder, by actor: IncidentActor, at date: Date) async throws -> Incident {
        let note = try IncidentText.checked(order.note ?? "", field: "note", limit: IncidentText.noteLimit)
        return try await database.write { db in
            var incident = try IncidentRecord.require(id, in: db)
            let before = incident.stages
            try incident.stages.apply(order, by: actor.duty)
            try IncidentRecord.update(incident, in: db)
            let hasSwitched = before.mode != incident.mode
            let level = incident.level.map { $0.name + (incident.provisional ? "（暂定）" : "") } ?? "等级未定"
            let text = hasSwitched ? "转为\(incident.mode.name)模式，\(level)，阶段“\(incident.stage.name)”" : "事件等级定为\(level)"
            try JournalRecord.append(
                JournalDraft(
                    incident: id, at: date, actor: actor, kind: hasSwitched ? .modeChanged : .levelChanged,
                    text: text + Self.suffix(note),
                    body: [
                        "fromMode": .string(before.mode.rawValue), "toMode": .string(incident.mode.rawValue),
                        "fromStage": .string(before.stage.rawValue), "toStage": .string(incident.stage.rawValue),
                        "fromLevel": JSONValue(before.level?.rawValue), "toLevel": JSONValue(incident.level?.rawValue),
                        "provisional": .bool(incident.provisional), "note": Self.json(note),
                    ]),
                in: db)
            try Self.tell(.incidentChanged, incident, at: date, in: db)
            return incident
        }
    }

    package func note(_ id: IncidentID, text: String, by actor: IncidentActor, at date: Date) async throws -> JournalEntry {
        let text = try IncidentText.checked(text, field: "text", limit: IncidentText.noteLimit)
        guard !text.isEmpty else {
            throw GatewayError(.invalid, "noteEmpty", "记录内容为空", remedy: "填写内容", details: ["field": "text"])
        }
        return try await database.write { db in
            let incident = try IncidentRecord.require(id, in: db)
            guard incident.isActive else {
                throw GatewayError(.conflict, "incidentEnded", "事件已结束(\(incident.stage.name)),不能再添加记录")
            }
            return try JournalRecord.append(
                JournalDraft(incident: id, at: date, actor: actor, kind: .note, text: text), in: db)
        }
    }

    // MARK: - Reads

    package func incident(_ id: IncidentID) async throws -> Incident? {
        try await database.pool.read { try IncidentRecord.find(id, in: $0) }
    }

    package func incidents(_ state: IncidentState?, limit: Int, cursor: String?) async throws -> IncidentPage {
        try await database.pool.read { try IncidentRecord.page(state, limit: limit, cursor: cursor, in: $0) }
    }

    package func journal(of id: IncidentID, after sequence: Int64, limit: Int) async throws -> [JournalEntry] {
        try await database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM journal_entry WHERE incident_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [id.rawValue, sequence, max(0, min(limit, 1_000))]
            ).map(JournalRecord.entry)
        }
    }

    package func journalLength(of id: IncidentID) async throws -> Int64 {
        try await database.pool.read { try JournalRecord.head(of: id, in: $0)?.entries ?? 0 }
    }

    package func verifyJournal(of id: IncidentID) async throws -> JournalVerification {
        try await database.pool.read { db in
            guard let head = try JournalRecord.head(of: id, in: db) else { throw JournalRecord.incidentNotFound(id) }
            var chain = JournalChain(incident: id)
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM journal_entry WHERE incident_id = ? ORDER BY sequence", arguments: [id.rawValue])
            while let row = try rows.next() { chain.take(try JournalRecord.entry(row)) }
            return chain.verification(expectedEntries: head.entries, expectedHash: head.hash)
        }
    }

    // MARK: -

    private static func tell(_ kind: EventKind, _ incident: Incident, at date: Date, in db: Database) throws {
        try EventRecord.insert(
            EventDraft(
                at: date, kind: kind, subject: incident.id.rawValue, incident: incident.id,
                payload: [
                    "number": .string(incident.number), "title": .string(incident.title),
                    "category": .string(incident.category.rawValue), "level": JSONValue(incident.level?.rawValue),
                    "provisional": .bool(incident.provisional), "mode": .string(incident.mode.rawValue),
                    "stage": .string(incident.stage.rawValue), "isDrill": .bool(incident.isDrill),
                ]),
            in: db)
    }

    private static func openingBody(_ incident: Incident) -> [String: JSONValue] {
        [
            "number": .string(incident.number), "title": .string(incident.title),
            "category": .string(incident.category.rawValue), "level": JSONValue(incident.level?.rawValue),
            "isDrill": .bool(incident.isDrill), "address": JSONValue(incident.address),
            "ground": JSONValue(incident.ground?.rawValue),
            "location": incident.location.map {
                ["longitude": .number($0.longitude), "latitude": .number($0.latitude)]
            } ?? .null,
        ]
    }

    private static func suffix(_ note: String) -> String { note.isEmpty ? "" : "：\(note)" }
    private static func json(_ note: String) -> JSONValue { note.isEmpty ? .null : .string(note) }
}
