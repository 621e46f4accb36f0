import Foundation
import GRDB
import GatewayCore
import IncidentCommand

package struct DatabaseEventStore: EventStore {
    private let database: GatewayDatabase

    package init(_ database: GatewayDatabase) { self.database = database }

    package func events(after id: Int64, limit: Int) async throws -> [Event] {
        try await database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM event WHERE id > ? ORDER BY id LIMIT ?", arguments: [id, max(0, min(limit, 1_000))]
            ).map(EventRecord.event)
        }
    }

    /// AUTOINCREMENT's own memory: right even when every event has been pruned.
    package func latestID() async throws -> Int64 {
        try await database.pool.read { db in
            try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0
        }
    }

    package func latestIDs() -> AsyncStream<Int64> { database.eventSignal.stream() }

    package func append(_ drafts: [EventDraft]) async throws {
        try await database.write { db in
            for draft in drafts { try EventRecord.insert(draft, in: db) }
        }
    }

    package func prune(before date: Date) async throws -> Int {
        let cutoff = min(date, Date() - 7 * 86_400 - 2).millisecondsSince1970
        return try await database.write { db in
            try db.execute(sql: "DELETE FROM event WHERE at_ms < ?", arguments: [cutoff])
            return db.changesCount
        }
    }
}
