import Foundation
import GRDB
import GatewayCore
import Testing

@testable import GatewayStore

@Suite struct DispatchSchemaTests {
    /// As it stood before links could end for more reasons; footage already refers to them.
    private static func before() throws -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        EventSchema.register(in: &migrator)
        AccountSchema.register(in: &migrator)
        IncidentSchema.register(in: &migrator)
        CameraRegistrySchema.register(in: &migrator)
        let first = try #require(DispatchSchema.steps.first)
        migrator.registerMigration(first.0) { try $0.execute(sql: first.1) }
        FootageSchema.register(in: &migrator)
        return migrator
    }

    private static func insert(_ link: String, point: String, ended: (Int, String)? = nil, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO link (id, incident_id, camera_point_id, camera_point_name, record, ground, reason, linked_ms, linked_by,
                    linked_by_name, linked_by_role, linked_by_unit, expires_ms, ended_ms, end_reason)
                VALUES (?, (SELECT id FROM incident), ?, '北街口', 1, 'accident', '室内', 1000, 'a', '张三', 'operator', '', 9000, ?, ?)
                """, arguments: [link, point, ended?.0, ended?.1])
    }

    @Sendable private static func rows(_ db: Database) throws -> [String] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT row, id, camera_point_id, ground, reason, linked_ms, expires_ms, ended_ms, end_reason FROM link ORDER BY row
                """
        ).map(\.description)
    }

    @Test func linksOutliveTheNewReasons() async throws {
        let folder = try StoreFolder()
        let old = try GatewayDatabase(at: folder.databaseURL, migrator: Self.before())
        _ = try await DatabaseIncidentStore(old).open(.init(title: "火情", category: .accident), by: person(), at: morning)
        let rows = try await old.pool.write { db in
            try Self.insert("first", point: "p1", ended: (2_000, "pointRemoved"), in: db)
            try Self.insert("gone", point: "p2", in: db)
            try Self.insert("second", point: "p3", in: db)
            try db.execute(
                sql: """
                    INSERT INTO footage_gap (id, incident_id, link_id, camera_point_id, from_ms, reason)
                    SELECT 'gap', incident_id, id, camera_point_id, 1000, 'noSignal' FROM link WHERE id = 'second'
                    """)
            return try Self.rows(db)
        }
        try old.close()

        let database = try folder.open()
        defer { try? database.close() }
        #expect(rows.count == 3)
        #expect(try await database.pool.read(Self.rows) == rows)
        try await database.pool.write { db in
            try db.checkForeignKeys()
            // What the table held to before, it holds to now.
            for (id, point) in [("again", "p3"), ("second", "p9")] {
                #expect(throws: DatabaseError.self) { try Self.insert(id, point: point, in: db) }
            }
            for sql in [
                "UPDATE link SET expires_ms = 9999 WHERE id = 'first'", "UPDATE link SET reason = '' WHERE id = 'second'",
                "DELETE FROM link WHERE id = 'second'", "UPDATE link SET ended_ms = 3000 WHERE id = 'second'",
                "UPDATE link SET ended_ms = 3000, end_reason = 'because' WHERE id = 'second'",
                "INSERT INTO footage_gap (id, incident_id, link_id, camera_point_id, from_ms, reason) "
                    + "SELECT 'other', incident_id, 'nobody', 'p', 1, 'noSignal' FROM link",
            ] {
                #expect(throws: DatabaseError.self, "\(sql)") { try db.execute(sql: sql) }
            }
            try db.execute(sql: "UPDATE link SET ended_ms = 3000, end_reason = 'pointInRepair' WHERE id = 'second'")
            try db.execute(sql: "UPDATE link SET ended_ms = 3000, end_reason = 'pointWithoutStream' WHERE id = 'gone'")
            try Self.insert("third", point: "p3", in: db)
            #expect(try Int.fetchOne(db, sql: "SELECT row FROM link WHERE id = 'third'") == 4)
        }
    }

    @Test func anOlderDatabaseEndsWithTheSameSchema() throws {
        func schema(_ folder: StoreFolder) throws -> [String] {
            let database = try folder.open()
            defer { try? database.close() }
            return try database.pool.read { db in
                try String.fetchAll(db, sql: "SELECT type || name || coalesce(sql, '') FROM sqlite_master ORDER BY type, name")
            }
        }
        let old = try StoreFolder()
        try GatewayDatabase(at: old.databaseURL, migrator: Self.before()).close()
        #expect(try schema(old) == schema(StoreFolder()))
    }
}
