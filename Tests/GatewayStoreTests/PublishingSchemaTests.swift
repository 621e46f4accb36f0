import Foundation
import GRDB
import GatewayCore
import Testing

@testable import GatewayStore

@Suite struct PublishingSchemaTests {
    @Test("streams of before outlive the table that takes pushed ones, and nothing else may come in")
    func streamsStay() throws {
        let folder = try StoreFolder()
        let migrator = GatewaySchema.migrator()
        let queue = try DatabaseQueue(path: folder.databaseURL.path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID); PRAGMA user_version = 1")
        }
        try migrator.migrate(queue, upTo: "registry-5")
        try queue.write { db in
            try Self.insertPoint(db)
            try Self.insertStream("main", "rtsp://198.51.100.7/live?a=1", "tcp", db)
            #expect(throws: DatabaseError.self) { try Self.insertStream("sub", "push://relay/", "tcp", db) }
        }
        let rows = try queue.read(Self.rows)
        try queue.close()

        let database = try folder.open()
        defer { try? database.close() }
        try database.pool.write { db in
            #expect(try Self.rows(db) == rows && rows.count == 1)
            for url in ["ftp://x/", "push//x", "push://a@b/", "rtsp://u:p@h/"] {
                #expect(throws: DatabaseError.self, "\(url)") { try Self.insertStream("sub", url, "automatic", db) }
            }
            try Self.insertStream("sub", "push://relay/", "automatic", db)
            #expect(throws: DatabaseError.self) { try Self.insertStream("sub", "push://relay/", "automatic", db) }
            try db.checkForeignKeys()
            try db.execute(sql: "DELETE FROM camera_point")
            #expect(try Self.rows(db).isEmpty, "a point takes its streams along")
        }
    }

    @Test func theRegisterOnlyGrowsAndTicketsAreOnlyRevoked() throws {
        let folder = try StoreFolder()
        let database = try folder.open()
        defer { try? database.close() }
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        try database.pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO publishing_ticket (id, camera_point_id, camera_point_name, stream, note, issued_ms, issued_by,
                        issued_by_name, issued_by_role, issued_by_unit, expires_ms)
                    VALUES ('t', 'p', '北街口', 'main', '', 1000, 'a', '张三', 'securityCompany', '', 9000);
                    INSERT INTO publishing_record (kind, at_ms, ticket_id, actor_id, times) VALUES ('issued', \(now), 't', 'a', 1)
                    """)
            for sql in [
                "UPDATE publishing_ticket SET expires_ms = 99999", "UPDATE publishing_ticket SET camera_point_id = 'q'",
                "UPDATE publishing_ticket SET revoked_ms = 5", "DELETE FROM publishing_ticket",
                "UPDATE publishing_record SET at_ms = 1", "DELETE FROM publishing_record",
                "INSERT INTO publishing_record (kind, at_ms, ticket_id, times) VALUES ('issued', 1, 't', 1)",
                "INSERT INTO publishing_record (kind, at_ms, ticket_id, times) VALUES ('began', 1, 't', 1)",
                "INSERT INTO publishing_record (kind, at_ms, publication_id, times) VALUES ('began', 1, 'x', 1)",
                "INSERT INTO publishing_record (kind, at_ms, ticket_id, times) VALUES ('refused', 1, 't', 1)",
            ] {
                #expect(throws: DatabaseError.self, "\(sql)") { try db.execute(sql: sql) }
            }
            try db.execute(sql: "UPDATE publishing_ticket SET revoked_ms = 5000, revoked_by_name = '李四'")
            #expect(throws: DatabaseError.self) {
                try db.execute(sql: "UPDATE publishing_ticket SET revoked_ms = NULL, revoked_by_name = NULL")
            }
        }
    }

    /// All but how they are carried, which later versions call otherwise.
    @Sendable private static func rows(_ db: Database) throws -> [String] {
        try Row.fetchAll(db, sql: "SELECT camera_point_id, role, url, bit_rate_kbps FROM camera_stream").map(\.description)
    }

    private static func insertStream(_ role: String, _ url: String, _ transport: String, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO camera_stream (camera_point_id, role, url, transport, bit_rate_kbps) VALUES ('p', ?, ?, ?, 2000)",
            arguments: [role, url, transport])
    }

    private static func insertPoint(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO camera_point (id, gb_code, code_edition, name, access_method, source_category, point_class, place_type,
                    coverage, address, township, owner, lead_department, status, pinyin, search_text)
                VALUES ('p', '51132102001320000017', '2022', '北街口', 'direct', 'xueliang', 1, 'street', 'street', '北街1号', '南隆镇',
                    '公安局', '公安局', 'inUse', 'bjk', '')
                """)
    }
}
