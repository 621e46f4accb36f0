import Foundation
import GRDB
import GatewayCore
import Testing

@testable import GatewayStore

@Suite struct GatewaySchemaTests {
    /// Append-only: what once stood here keeps its name and place.
    @Test func theMigrationsStandInTheirOrder() {
        #expect(Array(GatewaySchema.migrator().migrations.prefix(3)) == ["event-1", "account-1", "incident-1"])
    }

    @Test func everyEarlierVersionComesUpToDate() throws {
        let current = try schema { try $0.open() }
        let migrator = GatewaySchema.migrator()
        for earlier in migrator.migrations {
            let migrated = try schema { folder in
                let queue = try DatabaseQueue(path: folder.databaseURL.path)
                try queue.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID); PRAGMA user_version = 1")
                }
                try migrator.migrate(queue, upTo: earlier)
                try queue.close()
                return try folder.open()
            }
            #expect(migrated == current, "from \(earlier)")
        }
    }

    @Test func theForeignKeysHold() throws {
        let folder = try StoreFolder()
        let database = try folder.open()
        try database.pool.write { try $0.checkForeignKeys() }
        try database.close()
    }

    private func schema(_ open: (StoreFolder) throws -> GatewayDatabase) throws -> [String] {
        let folder = try StoreFolder()
        let database = try open(folder)
        defer { try? database.close() }
        return try database.pool.read { db in
            try String.fetchAll(db, sql: "SELECT type || name || coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
        }
    }
}
