import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import Testing

@testable import GatewayStore

@Suite struct DatabaseIncidentStoreTests {
    private let opening = IncidentOpening(
        title: "滨江路商铺起火", category: .accident, level: .four, location: GeoPoint(longitude: 106.06, latitude: 31.35),
        address: "滨江路12号", ground: .disaster)

    @Test func anIncidentRunsItsNormalCourse() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let taker = person("callTaker", name: "接警一")
            let commander = person()
            let opened = try await store.open(opening, by: taker, at: morning)
            #expect(opened.number == "20261123-001")
            #expect(opened.stage == .received)
            #expect(try await store.incident(opened.id) == opened)
            let steps: [(IncidentStage, IncidentActor)] = [
                (.notified, taker), (.handling, person("operator")), (.feedback, commander), (.handling, commander),
                (.feedback, commander), (.closed, commander),
            ]
            var after = opened
            for (stage, actor) in steps {
                after = try await store.transition(opened.id, to: stage, note: " 到位 ", by: actor, at: morning + 60)
                #expect(after.stage == stage)
            }
            #expect(after.endedAt == morning + 60)
            #expect(try await store.incident(opened.id) == after)

            let journal = try await store.journal(of: opened.id, after: 0, limit: 100)
            #expect(journal.map(\.sequence) == [1, 2, 3, 4, 5, 6, 7])
            #expect(journal.first?.text == "登记事件“滨江路商铺起火”：事故灾难，一般（Ⅳ级）")
            #expect(journal.last?.text == "由“反馈”转入“办结”：到位")
            #expect(journal.last?.body == ["from": "feedback", "to": "closed", "note": "到位"])
            #expect(journal.last?.actor == commander)
            #expect(try await store.journal(of: opened.id, after: 5, limit: 1).map(\.sequence) == [6])
            #expect(try await store.verifyJournal(of: opened.id) == JournalVerification(entries: 7, fault: nil))

            let events = try await DatabaseEventStore(database).events(after: 0, limit: 100)
            #expect(
                events.map(\.kind).filter { $0 != .journalAppended }
                    == [.incidentOpened] + Array(repeating: .incidentChanged, count: 5) + [.incidentEnded])
            #expect(events.filter { $0.kind == .journalAppended }.count == 7)
            #expect(events.allSatisfy { $0.incident == opened.id })
        }
    }

    @Test func aRefusedStepWritesNothing() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person("operator"), at: morning)
            let events = try await DatabaseEventStore(database).latestID()
            #expect(
                await reason { try await store.transition(opened.id, to: .closed, note: nil, by: person(), at: morning) }
                    == "stageNotAllowed")
            #expect(
                await reason {
                    try await store.setMode(
                        opened.id, order: ModeOrder(mode: .wartime, level: .one), by: person("operator"), at: morning)
                } == "commanderOnly")
            #expect(
                await reason { try await store.note(opened.id, text: " ", by: person(), at: morning) } == "noteEmpty")
            #expect(
                await reason { try await store.transition(.random(), to: .notified, note: nil, by: person(), at: morning) }
                    == "incidentNotFound")
            #expect(await reason { try await store.open(opening, by: person("auditor"), at: morning) } == "roleMayNotOpen")
            #expect(try await store.incident(opened.id) == opened)
            #expect(try await store.journalLength(of: opened.id) == 1)
            #expect(try await DatabaseEventStore(database).latestID() == events)
        }
    }

    @Test func wartimeIsWrittenWithItsLevel() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person("operator"), at: morning)
            let wartime = try await store.setMode(
                opened.id, order: ModeOrder(mode: .wartime, level: .three, provisional: true, note: "火势蔓延"), by: person(),
                at: morning)
            #expect(wartime.stage == .reporting)
            #expect(try await store.incident(opened.id) == wartime)
            let confirmed = try await store.setMode(
                opened.id, order: ModeOrder(mode: .wartime, level: .two), by: person(), at: morning)
            #expect(confirmed.level == .two && !confirmed.provisional)
            let journal = try await store.journal(of: opened.id, after: 1, limit: 9)
            #expect(journal.map(\.kind) == [.modeChanged, .levelChanged])
            #expect(journal.first?.text == "转为战时模式，较大（Ⅲ级）（暂定），阶段“信息报告”：火势蔓延")
            #expect(journal.last?.text == "事件等级定为重大（Ⅱ级）")
            let normal = try await store.setMode(
                opened.id, order: ModeOrder(mode: .normal, level: .four), by: person(), at: morning)
            #expect(normal.mode == .normal && normal.stage == .notified && normal.level == .four)
            #expect(try await store.verifyJournal(of: opened.id).isValid)
        }
    }

    @Test func whatEndsWithTheIncidentEndsInItsTransaction() async throws {
        try await withDatabase { database in
            struct Refused: Error {}
            let plain = DatabaseIncidentStore(database)
            let opened = try await plain.open(opening, by: person(), at: morning)
            for stage in [IncidentStage.notified, .handling, .feedback] {
                _ = try await plain.transition(opened.id, to: stage, note: nil, by: person(), at: morning)
            }
            let failing = DatabaseIncidentStore(database, endingSteps: [{ _, _, _, _ in throw Refused() }])
            await #expect(throws: Refused.self) {
                try await failing.transition(opened.id, to: .closed, note: nil, by: person(), at: morning)
            }
            #expect(try await plain.incident(opened.id)?.stage == .feedback)
            #expect(try await plain.journalLength(of: opened.id) == 4)
            let linked = DatabaseIncidentStore(
                database,
                endingSteps: [
                    { db, incident, _, date in
                        try JournalRecord.append(
                            JournalDraft(incident: incident.id, at: date, actor: nil, kind: .linkEnded, text: "关联结束"), in: db)
                    }
                ])
            _ = try await linked.transition(opened.id, to: .closed, note: nil, by: person(), at: morning)
            #expect(try await plain.journal(of: opened.id, after: 4, limit: 9).map(\.kind) == [.stageChanged, .linkEnded])
        }
    }

    @Test func anEndedIncidentDoesNotChange() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person(), at: morning)
            for stage in [IncidentStage.notified, .handling, .feedback, .closed] {
                _ = try await store.transition(opened.id, to: stage, note: nil, by: person(), at: morning)
            }
            for stage in IncidentStage.allCases {
                #expect(
                    await reason { try await store.transition(opened.id, to: stage, note: nil, by: person(), at: morning) }
                        == "incidentEnded")
            }
            #expect(
                await reason {
                    try await store.setMode(opened.id, order: ModeOrder(mode: .wartime, level: .one), by: person(), at: morning)
                } == "incidentEnded")
            #expect(await reason { try await store.note(opened.id, text: "x", by: person(), at: morning) } == "incidentEnded")
            await refused(database, "UPDATE incident SET title = 'x'")
        }
    }

    @Test func listingsArePagedNewestFirst() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            var ids: [IncidentID] = []
            for number in 0..<7 {
                ids.append(try await store.open(opening, by: person(), at: morning + Double(number) * 86_400).id)
            }
            var found: [IncidentID] = []
            var cursor: String?
            repeat {
                let page = try await store.incidents(.active, limit: 3, cursor: cursor)
                #expect(page.total == 7)
                found += page.items.map(\.id)
                cursor = page.nextCursor
            } while cursor != nil
            #expect(found == ids.reversed())
            #expect(try await store.incidents(.ended, limit: 3, cursor: nil).total == 0)
            #expect(await reason { try await store.incidents(nil, limit: 3, cursor: "x'--") } == "cursorInvalid")
        }
    }

    @Test func numbersRunPerDayAtUTC8() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            // 2026-11-23 23:59:59 and 2026-11-24 00:00:00 at UTC+8.
            let midnight = Date(timeIntervalSince1970: 1_795_449_600)
            var numbers: [String] = []
            for date in [midnight - 1, midnight - 1, midnight] {
                numbers.append(try await store.open(opening, by: person(), at: date).number)
            }
            #expect(numbers == ["20261123-001", "20261123-002", "20261124-001"])
        }
    }

    @Test func twoWritersNeverShareASequence() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person(), at: morning)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<25 {
                            _ = try await store.note(opened.id, text: "\(writer)/\(number)", by: person(), at: morning)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.verifyJournal(of: opened.id) == JournalVerification(entries: 201, fault: nil))
        }
    }

    /// Of many who close it at once exactly one does.
    @Test func oneOfManyClosesIt() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person(), at: morning)
            for stage in [IncidentStage.notified, .handling, .feedback] {
                _ = try await store.transition(opened.id, to: stage, note: nil, by: person(), at: morning)
            }
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await reason { try await store.transition(opened.id, to: .closed, note: nil, by: person(), at: morning) }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == nil }.count == 1)
            #expect(outcomes.filter { $0 == "incidentEnded" }.count == 9)
        }
    }

    // MARK: - What SQLite itself refuses

    @Test(arguments: [
        "UPDATE journal_entry SET text = 'x'", "DELETE FROM journal_entry", "DELETE FROM journal_head",
        "UPDATE journal_head SET entries = 0", "DELETE FROM incident", "UPDATE incident SET opened_by = 'x'",
        "UPDATE incident SET mode = 'wartime', stage = 'response'", "UPDATE incident SET ended_ms = 1",
        "UPDATE incident SET stage = 'closed'", "UPDATE incident SET stage = 'nonsense'", "UPDATE incident SET longitude = NULL",
        "UPDATE incident SET longitude = 181", "UPDATE incident SET provisional = 1",
        "INSERT OR REPLACE INTO journal_entry SELECT incident_id, sequence, at_ms, NULL, NULL, NULL, NULL, kind, text, body, previous_hash, hash FROM journal_entry",
        "INSERT INTO journal_entry SELECT incident_id, 9, at_ms, NULL, NULL, NULL, NULL, kind, text, body, previous_hash, hash FROM journal_entry",
        "INSERT OR REPLACE INTO incident SELECT * FROM incident",
        "INSERT OR REPLACE INTO journal_head SELECT incident_id, 0, zeroblob(32) FROM journal_head",
        "UPDATE event SET subject = 'x'", "DELETE FROM event", "INSERT OR REPLACE INTO event SELECT * FROM event",
    ])
    func theDatabaseRefuses(sql: String) async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person(), at: .now)
            await refused(database, sql)
            #expect(try await store.verifyJournal(of: opened.id).isValid)
        }
    }

    private func refused(_ database: GatewayDatabase, _ sql: String) async {
        await #expect(throws: DatabaseError.self, "\(sql)") { try await database.pool.write { try $0.execute(sql: sql) } }
    }

    /// Whoever gets past the triggers is found by the chain.
    @Test(arguments: [
        "text = text || ' '", "at_ms = at_ms + 1", "actor_name = 'x'", "kind = 'x'", "body = '{ }'", "hash = zeroblob(32)",
    ])
    func aForgedEntryIsNamed(assignment: String) async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person(), at: morning)
            for number in 0..<4 { _ = try await store.note(opened.id, text: "\(number)", by: person(), at: morning) }
            try await database.pool.write { db in
                try db.execute(sql: "DROP TRIGGER journal_entry_is_not_updated")
                try db.execute(sql: "UPDATE journal_entry SET \(assignment) WHERE sequence = 3")
            }
            #expect(try await store.verifyJournal(of: opened.id).fault == JournalFault(sequence: 3, reason: .altered))
        }
    }

    @Test func aCutTailIsNamed() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            let opened = try await store.open(opening, by: person(), at: morning)
            for number in 0..<4 { _ = try await store.note(opened.id, text: "\(number)", by: person(), at: morning) }
            try await database.pool.write { db in
                try db.execute(sql: "DROP TRIGGER journal_entry_is_not_deleted; DELETE FROM journal_entry WHERE sequence > 3")
            }
            #expect(try await store.verifyJournal(of: opened.id).fault == JournalFault(sequence: 4, reason: .missing))
        }
    }
}
