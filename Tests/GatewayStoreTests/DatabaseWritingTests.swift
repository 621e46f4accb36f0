import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import Testing

@testable import GatewayStore

@Suite struct DatabaseWritingTests {
    /// SQLite's own bound of pages fills the database as a full disk does: SQLITE_FULL.
    private func bound(_ database: GatewayDatabase, pages: Int) async throws {
        try await database.pool.writeWithoutTransaction { db in
            _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages)")
        }
    }

    @Test func aFullDiskIsSaidUntilThereIsSpace() async throws {
        try await withDatabase { database in
            let store = DatabaseIncidentStore(database)
            func open(_ title: String) async throws {
                _ = try await store.open(IncidentOpening(title: title, category: .accident), by: person(), at: morning)
            }
            try await open("前")
            #expect(await database.writeFailure() == nil)
            try await bound(database, pages: 1)
            var failure: GatewayError?
            for number in 0..<2_000 where failure == nil {
                do { try await open("火情 \(number)") } catch { failure = try #require(error as? GatewayError) }
            }
            #expect(failure?.reason == "diskFull" && failure?.code == .unavailable && failure?.remedy != nil)
            #expect(await database.writeFailure()?.reason == "diskFull")
            // What writes nothing tells nothing.
            try await database.write { _ in }
            #expect(await database.writeFailure()?.reason == "diskFull")

            try await bound(database, pages: 1_000_000)
            let deadline = ContinuousClock.now + .seconds(10)
            while await database.writeFailure() != nil, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await database.writeFailure() == nil)
            try await open("后")
        }
    }

    @Test func aRuleThatRefusesIsNoFailureToWrite() async throws {
        try await withDatabase { database in
            let error = GatewayError(.conflict, "taken", "taken")
            #expect(throws: GatewayError.self) { try database.write { _ in throw error } }
            #expect(await database.writeFailure() == nil)
        }
    }

    /// Another connection is open, as `sqlite3` at a shell would be: closing alone would then leave the log.
    @Test func aClosedDatabaseIsWholeWithoutItsLog() async throws {
        let folder = try StoreFolder()
        let database = try folder.open()
        let incident = try await DatabaseIncidentStore(database).open(
            IncidentOpening(title: "火情", category: .accident), by: person(), at: morning)
        let other = try DatabaseQueue(path: folder.databaseURL.path)
        _ = try await other.read { db in try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM incident") }
        try database.close()
        try database.close()
        let copy = try StoreFolder()
        try FileManager.default.copyItem(at: folder.databaseURL, to: copy.databaseURL)
        try other.close()
        let found = try copy.open()
        #expect(try await DatabaseIncidentStore(found).incident(incident.id)?.title == "火情")
        try found.close()
    }
}
