import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import Testing

@testable import GatewayStore

@Suite struct GatewayDatabaseTests {
    @Test func aFreshDatabaseIsOursAndDurable() async throws {
        try await withDatabase { database in
            let found = try await database.pool.writeWithoutTransaction { db in
                (
                    try Int.fetchOne(db, sql: "PRAGMA application_id"), try Int.fetchOne(db, sql: "PRAGMA user_version"),
                    try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"),
                    try Int.fetchOne(db, sql: "PRAGMA foreign_keys")
                )
            }
            #expect(found == (0x4C4B_4F54, 1, "wal", 2, 1))
        }
    }

    @Test func itOpensAgainWithWhatWasWritten() async throws {
        let folder = try StoreFolder()
        let id = try await {
            let database = try folder.open()
            defer { try? database.close() }
            return try await DatabaseIncidentStore(database).open(
                IncidentOpening(title: "火情", category: .accident), by: person(), at: morning
            ).id
        }()
        let database = try folder.open()
        #expect(try await DatabaseIncidentStore(database).incident(id)?.title == "火情")
        try database.close()
    }

    // MARK: - What is not ours

    @Test(arguments: ["DELETE", "WAL"])
    func anotherProgramsDatabaseStaysByteForByte(mode: String) throws {
        for applicationID in [0, 0x0F05_5112] {
            let folder = try StoreFolder()
            do {
                let queue = try DatabaseQueue(path: folder.databaseURL.path)
                try queue.writeWithoutTransaction { db in
                    _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(mode)")
                    try db.execute(sql: "PRAGMA application_id = \(applicationID)")
                    try db.execute(sql: "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
                }
                try queue.close()
            }
            try expectRefusal(folder, "databaseForeign")
        }
    }

    /// A copy of a live database: all that it holds still stands in its log.
    @Test func anotherProgramsLogStaysByteForByte() throws {
        let source = try StoreFolder()
        let folder = try StoreFolder()
        let queue = try DatabaseQueue(path: source.databaseURL.path)
        try queue.writeWithoutTransaction { db in
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
        }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: source.databaseURL.path + suffix, toPath: folder.databaseURL.path + suffix)
        }
        let before = try folder.contents()
        let error = #expect(throws: GatewayError.self) { try folder.open() }
        #expect(error?.reason == "databaseForeign")
        let after = try folder.contents()
        for (name, bytes) in before { #expect(after[name] == bytes, "\(name)") }
        try queue.close()
    }

    @Test(arguments: [1, 15, 99, 107, 108, 4_096, 100_000])
    func garbageStaysByteForByte(size: Int) throws {
        let folder = try StoreFolder()
        try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }).write(to: folder.databaseURL)
        try expectRefusal(folder, "databaseDamaged")
    }

    @Test func aTruncatedDatabaseOfOursStaysByteForByte() throws {
        let whole = try closedDatabase()
        for part in [0.9, 0.5, 0.1] {
            let folder = try StoreFolder()
            try whole.prefix(max(4_096, Int(Double(whole.count) * part) / 4_096 * 4_096)).write(to: folder.databaseURL)
            try expectRefusal(folder, "databaseDamaged")
        }
        let folder = try StoreFolder()
        try whole.prefix(60).write(to: folder.databaseURL)
        try expectRefusal(folder, "databaseDamaged")
    }

    @Test func aDamagedPageOfOursIsRefusedAndLeft() throws {
        var bytes = try closedDatabase()
        for offset in 4_096..<(4_096 * 4) { bytes[offset] = 0xA5 }
        let folder = try StoreFolder()
        try bytes.write(to: folder.databaseURL)
        try expectRefusal(folder, "databaseDamaged")
    }

    @Test func aLogWithoutItsDatabaseIsNotSweptAway() throws {
        for hasEmptyFile in [false, true] {
            let folder = try StoreFolder()
            if hasEmptyFile { try Data().write(to: folder.databaseURL) }
            try Data("what may still be rescued".utf8).write(to: URL(fileURLWithPath: folder.databaseURL.path + "-wal"))
            try expectRefusal(folder, "databaseDamaged")
        }
    }

    @Test func aNewerDatabaseIsRefusedAndLeft() throws {
        let newerMigration = try StoreFolder()
        var migrator = GatewaySchema.migrator()
        migrator.registerMigration("from-the-future") { try $0.execute(sql: "CREATE TABLE future (x)") }
        try GatewayDatabase(at: newerMigration.databaseURL, migrator: migrator).close()
        try expectRefusal(newerMigration, "databaseNewer")

        let newerGeneration = try StoreFolder()
        try newerGeneration.open().close()
        let queue = try DatabaseQueue(path: newerGeneration.databaseURL.path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 2") }
        try queue.close()
        try expectRefusal(newerGeneration, "databaseNewer")
    }

    /// What a first start leaves that was killed at once.
    @Test func anEmptyFileBecomesADatabase() throws {
        let empty = try StoreFolder()
        try Data().write(to: empty.databaseURL)
        try empty.open().close()

        let bare = try StoreFolder()
        let queue = try DatabaseQueue(path: bare.databaseURL.path)
        try queue.writeWithoutTransaction { db in
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "CREATE TABLE x (y); DROP TABLE x; VACUUM")
        }
        try queue.close()
        try bare.open().close()
    }

    private func closedDatabase() throws -> Data {
        let folder = try StoreFolder()
        let database = try folder.open()
        try database.pool.write { db in
            for number in 0..<200 {
                try EventRecord.insert(
                    EventDraft(
                        at: morning, kind: .feedState, subject: "\(number)",
                        payload: ["x": .string(String(repeating: "x", count: 300))]),
                    in: db)
            }
        }
        try database.close()
        return try Data(contentsOf: folder.databaseURL)
    }

    private func expectRefusal(_ folder: StoreFolder, _ reason: String, location: SourceLocation = #_sourceLocation) throws {
        let before = try folder.contents()
        let error = #expect(throws: GatewayError.self, sourceLocation: location) { try folder.open() }
        #expect(error?.reason == reason, "\(String(describing: error))", sourceLocation: location)
        #expect(error?.remedy?.isEmpty == false, sourceLocation: location)
        #expect(try folder.contents() == before, sourceLocation: location)
    }

    // MARK: - Interrupted

    /// The files as `kill -9` leaves them in the middle of a transaction that has outgrown the cache and spilled into the log.
    @Test func aKilledTransactionLeavesNothingBehind() async throws {
        let folder = try StoreFolder()
        let killed = try StoreFolder()
        let database = try folder.open()
        let store = DatabaseIncidentStore(database)
        let incident = try await store.open(IncidentOpening(title: "火情", category: .accident), by: person(), at: morning)
        struct Killed: Error {}
        let log = folder.databaseURL.path + "-wal"
        let before = try Data(contentsOf: URL(fileURLWithPath: log)).count
        await #expect(throws: Killed.self) {
            try await database.pool.write { db in
                for number in 0..<4_000 {
                    try JournalRecord.append(
                        JournalDraft(
                            incident: incident.id, at: morning, actor: nil, kind: .note,
                            text: "\(number)" + String(repeating: "字", count: 300)), in: db)
                }
                for suffix in ["", "-wal"] {
                    try FileManager.default.copyItem(
                        atPath: folder.databaseURL.path + suffix, toPath: killed.databaseURL.path + suffix)
                }
                throw Killed()
            }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: killed.databaseURL.path + "-wal")).count > before + 500_000)
        for source in [killed] {
            let reopened = try source.open()
            let store = DatabaseIncidentStore(reopened)
            #expect(try await store.journalLength(of: incident.id) == 1)
            #expect(try await store.verifyJournal(of: incident.id) == JournalVerification(entries: 1, fault: nil))
            #expect(try await DatabaseEventStore(reopened).events(after: 0, limit: 100).count == 2)
            _ = try await store.note(incident.id, text: "恢复后", by: person(), at: morning)
            #expect(try await store.verifyJournal(of: incident.id).isValid)
            try reopened.close()
        }
        #expect(try await store.journalLength(of: incident.id) == 1)
        try database.close()
    }

    /// The files as `kill -9` leaves them between commits: nothing has been written back from the log yet.
    @Test func whatWasCommittedOutlivesAKill() async throws {
        let folder = try StoreFolder()
        let killed = try StoreFolder()
        let database = try folder.open()
        let store = DatabaseIncidentStore(database)
        let incident = try await store.open(IncidentOpening(title: "火情", category: .accident), by: person(), at: morning)
        try await database.pool.writeWithoutTransaction { _ in
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: folder.databaseURL.path + suffix, toPath: killed.databaseURL.path + suffix)
            }
        }
        try database.close()
        let reopened = try killed.open()
        #expect(try await DatabaseIncidentStore(reopened).incident(incident.id) == incident)
        #expect(try await DatabaseIncidentStore(reopened).verifyJournal(of: incident.id).isValid)
        try reopened.close()
    }
}
