import Foundation
import GRDB
import GatewayCore
import Testing

@testable import GatewayStore

@Suite struct CameraStreamSchemaTests {
    @Test("streams, pushed ones too, and the sound flag of before outlive the table that says how a stream is carried")
    func streamsStay() throws {
        let folder = try StoreFolder()
        let queue = try DatabaseQueue(path: folder.databaseURL.path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID); PRAGMA user_version = 1")
        }
        try GatewaySchema.migrator().migrate(queue, upTo: "registry-6")
        try queue.write { db in
            try Self.insertPoint("p", carriesAudio: true, db)
            try Self.insertPoint("q", carriesAudio: nil, db)
            try Self.insertStream("p", "main", "rtsp://198.51.100.7/live?a=1", "tcp", db)
            try Self.insertStream("p", "sub", "https://198.51.100.7/live.flv", "tcp", db)
            try Self.insertStream("q", "main", "push://relay/", "tcp", db)
            #expect(throws: DatabaseError.self) { try Self.insertStream("q", "sub", "rtsp://h/", "udp", db) }
        }
        let streams = try queue.read(Self.streams)
        try queue.close()

        let database = try folder.open()
        defer { try? database.close() }
        try database.pool.write { db in
            #expect(try Self.streams(db) == streams && streams.count == 3)
            let sound = try Row.fetchAll(db, sql: "SELECT id, carries_audio FROM camera_point ORDER BY id").map(\.description)
            #expect(sound == ["[id:\"p\" carries_audio:1]", "[id:\"q\" carries_audio:NULL]"])
            #expect(
                try String.fetchAll(db, sql: "SELECT DISTINCT transport FROM camera_stream") == ["automatic"],
                "nobody had chosen TCP")
            #expect(try Int.fetchOne(db, sql: "SELECT count(certificate_pin) FROM camera_stream") == 0)
            try db.checkForeignKeys()
            try db.execute(sql: "DELETE FROM camera_point WHERE id = 'p'")
            #expect(try Self.streams(db).count == 1, "a point takes its streams along")
        }
    }

    @Test func transportAndPinSuitTheAddress() throws {
        let folder = try StoreFolder()
        let database = try folder.open()
        defer { try? database.close() }
        let pin = Data(repeating: 7, count: 32)
        try database.pool.write { db in
            try Self.insertPoint("p", carriesAudio: nil, db)
            for (url, transport, fingerprint) in [
                ("push://relay/", "tcp", nil), ("rtmp://h/", "udp", nil), ("https://h/", "http", nil), ("rtsps://h/", "udp", nil),
                ("rtsp://h/", "quic", nil), ("rtsp://h/", "automatic", pin), ("push://relay/", "automatic", pin),
                ("rtsps://h/", "automatic", pin.dropLast()), ("ftp://h/", "automatic", nil), ("push://a@b/", "automatic", nil),
            ] as [(String, String, Data?)] {
                #expect(throws: DatabaseError.self, "\(url) \(transport)") {
                    try Self.insertPinned(url, transport, fingerprint, db)
                }
            }
            for (url, transport, fingerprint) in [
                ("push://relay/", "automatic", nil), ("rtsp://h/", "tcp", nil), ("rtsp://h/", "udp", nil),
                ("rtsp://h/", "http", nil), ("rtsps://h/", "http", pin), ("rtsps://h/", "automatic", nil),
            ] as [(String, String, Data?)] {
                try Self.insertPinned(url, transport, fingerprint, db)
                try db.execute(sql: "DELETE FROM camera_stream")
            }
        }
    }

    @Sendable private static func streams(_ db: Database) throws -> [String] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT camera_point_id, role, url, codec, width, height, frame_rate, bit_rate_kbps, credentials FROM camera_stream
                ORDER BY camera_point_id, role
                """
        ).map(\.description)
    }

    private static func insertStream(
        _ point: String, _ role: String, _ url: String, _ transport: String, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO camera_stream (camera_point_id, role, url, transport, codec, width, height, frame_rate, bit_rate_kbps,
                    credentials) VALUES (?, ?, ?, ?, 'h265', 1920, 1080, 25, 2000, x'0102')
                """,
            arguments: [point, role, url, transport])
    }

    private static func insertPinned(_ url: String, _ transport: String, _ pin: Data?, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO camera_stream (camera_point_id, role, url, transport, certificate_pin) VALUES ('p', 'main', ?, ?, ?)
                """,
            arguments: [url, transport, pin])
    }

    private static func insertPoint(_ id: String, carriesAudio: Bool?, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO camera_point (id, gb_code, code_edition, name, access_method, source_category, point_class, place_type,
                    coverage, address, township, owner, lead_department, status, pinyin, search_text, carries_audio)
                VALUES (?, ?, '2022', '北街口', 'direct', 'xueliang', 1, 'street', 'street', '北街1号', '南隆镇',
                    '公安局', '公安局', 'inUse', 'bjk', '', ?)
                """,
            arguments: [id, "5113210200132000001\(id == "p" ? 7 : 8)", carriesAudio])
    }
}
