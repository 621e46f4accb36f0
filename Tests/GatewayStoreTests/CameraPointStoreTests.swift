import CameraRegistry
import Crypto
import Foundation
import GRDB
import GatewayCore
import Testing

@testable import GatewayStore

struct CameraPointStoreTests {
    @Test func nearnessAgreesWithBruteForce() async throws {
        try await withRegistry { store, _ in
            var generator = SystemRandomNumberGenerator()
            var places: [CameraPointID: GeoPoint] = [:]
            let points = try (1...400).map { number in
                var point = try Self.point(number)
                let spread = number % 4 == 0 ? 2.0 : 0.02
                let place = try #require(
                    GeoPoint(
                        longitude: 106.06 + .random(in: -spread...spread, using: &generator),
                        latitude: 31.35 + .random(in: -spread...spread, using: &generator)))
                point.location = number % 25 == 0 ? nil : place
                places[point.id] = point.location
                return point
            }
            _ = try await store.importCameraPoints(by: nil) { _ in
                var changes = RegistryChanges()
                changes.inserted = points
                return changes
            }
            for radius in [1.0, 50, 300, 1_500, 20_000, 99_999] {
                let centre = try #require(
                    GeoPoint(longitude: 106.06 + .random(in: -0.02...0.02), latitude: 31.35 + .random(in: -0.02...0.02)))
                let expected = places.filter { $0.value.distance(to: centre) <= radius }
                    .sorted { $0.value.distance(to: centre) < $1.value.distance(to: centre) }.map(\.key)
                let found = try await store.cameraPoints(near: centre, radius: radius, limit: 1_000)
                #expect(found.map(\.point.id) == expected, "\(radius) m")
                #expect(found.allSatisfy { ($0.distance ?? .infinity) <= radius })
            }
            let box = try #require(GeoBox(west: 106.05, south: 31.34, east: 106.07, north: 31.36))
            let inside = try await store.cameraPoints(CameraPointQuery(box: box, limit: 1_000)).items.map(\.point.id)
            #expect(Set(inside) == Set(places.filter { box.contains($0.value) }.map(\.key)))
        }
    }

    @Test func theTreeFollowsMovesAndRemovals() async throws {
        try await withRegistry { store, _ in
            let point = try Self.point(7)
            _ = try await store.createCameraPoint(point, by: nil)
            let old = try #require(point.location)
            let new = try #require(GeoPoint(longitude: 105.7, latitude: 31.5))
            #expect(try await store.cameraPoints(near: old, radius: 10, limit: 5).count == 1)
            _ = try await store.updateCameraPoint(point.id, by: nil) { $0.location = new }
            #expect(try await store.cameraPoints(near: old, radius: 10, limit: 5).isEmpty)
            #expect(try await store.cameraPoints(near: new, radius: 10, limit: 5).count == 1)
            try await store.deleteCameraPoint(point.id, by: nil)
            #expect(try await store.cameraPoints(near: new, radius: 10, limit: 5).isEmpty)
            await #expect(throws: GatewayError.self) { try await store.deleteCameraPoint(point.id, by: nil) }
        }
    }

    @Test func committedInventoryIsImportedOnceAndSurvivesExport() async throws {
        try await withRegistry { store, database in
            let vault = CredentialVault(key: SymmetricKey(size: .bits256))
            let importer = InventoryImport(store: store, vault: vault)
            let first = try await importer.run(Self.inventory())
            #expect(first.counts.values.reduce(0) { $0 + $1.inserted } == 158)
            let before = try await store.allCameraPoints()
            #expect(before.count == 158)
            let second = try await importer.run(Self.inventory())
            #expect(second.counts.values.allSatisfy { $0.inserted + $0.changed + $0.organisations == 0 })
            #expect(second.counts.values.reduce(0) { $0 + $1.unchanged } == 158 + 6 + 3)
            var files = AccessMethod.allCases.map { (name: PointFile.name(of: $0), bytes: InventoryWriter.points(before, of: $0)) }
            files.append((IntermediaryColumns.fileName, InventoryWriter.intermediaries(try await store.intermediaries())))
            files.append((SecurityCompanyColumns.fileName, InventoryWriter.securityCompanies(try await store.securityCompanies())))
            let third = try await importer.run(files)
            #expect(third.inventory.faults.isEmpty)
            #expect(third.counts.values.allSatisfy { $0.inserted + $0.changed + $0.organisations == 0 })
            #expect(try await store.allCameraPoints() == before)
            let events = try await database.pool.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM event") }
            #expect(events == 6, "one an import that changed something, none for nothing")
            #expect(try await store.leadDepartments().reduce(0) { $0 + $1.pointCount } == 158)
        }
    }

    @Test func importIsAllOrNothingAFile() async throws {
        try await withRegistry { store, _ in
            let vault = CredentialVault(key: SymmetricKey(size: .bits256))
            var files = try Self.inventory()
            for index in files.indices where files[index].name == "direct.csv" {
                files[index].bytes += Array("5.11321E+19,2022,x,直接接入\n".utf8)
            }
            let report = try await InventoryImport(store: store, vault: vault).run(files)
            #expect(report.counts["direct.csv"] == nil)
            #expect(report.inventory.faults.contains { $0.reason == "spreadsheetNumber" && $0.line == 64 })
            let stored = try await store.allCameraPoints()
            #expect(stored.count == 158 - 62)
            #expect(!stored.contains { $0.point.accessMethod == .direct })
        }
    }

    @Test func aFailedMergeLeavesNothing() async throws {
        try await withRegistry { store, _ in
            let taken = try Self.point(1)
            _ = try await store.createCameraPoint(taken, by: nil)
            let good = try Self.point(2)
            let doubled = try Self.point(1)
            let error = await #expect(throws: GatewayError.self) {
                try await store.importCameraPoints(by: nil) { _ in
                    var changes = RegistryChanges()
                    changes.inserted = [good, doubled]
                    return changes
                }
            }
            #expect(error?.reason == "gbCodeTaken")
            #expect(try await store.allCameraPoints().map(\.point.id) == [taken.id])
        }
    }

    @Test func bannedPlacesAreRefusedByStoreAndSchema() async throws {
        try await withRegistry { store, database in
            var point = try Self.point(3)
            point.placeType = .toilet
            let error = await #expect(throws: GatewayError.self) { try await store.createCameraPoint(point, by: nil) }
            #expect(error?.reason == "placeTypeBanned")
            #expect(error?.message.contains("第八条") == true)
            let good = try Self.point(3)
            _ = try await store.createCameraPoint(good, by: nil)
            await #expect(throws: DatabaseError.self) {
                try await database.pool.write { try $0.execute(sql: "UPDATE camera_point SET place_type = 'toilet'") }
            }
        }
    }

    @Test func filtersAndPagesAgreeWithTheWhole() async throws {
        try await withRegistry { store, _ in
            let vault = CredentialVault(key: SymmetricKey(size: .bits256))
            _ = try await InventoryImport(store: store, vault: vault).run(Self.inventory())
            let all = try await store.allCameraPoints()
            var paged: [CameraPointListing] = []
            var query = CameraPointQuery(limit: 33)
            repeat {
                let page = try await store.cameraPoints(query)
                #expect(page.total == 158)
                paged += page.items
                query.cursor = page.nextCursor
            } while query.cursor != nil
            #expect(paged == all)
            #expect(try await store.cameraPoints(CameraPointQuery(accessMethod: .indirect)).total == 41)
            #expect(try await store.cameraPoints(CameraPointQuery(sourceCategory: .internetCafe)).total == 9)
            #expect(try await store.cameraPoints(CameraPointQuery(health: .unknown)).total == 158)
            let company = try #require(try await store.securityCompanies().first)
            #expect(try await store.cameraPoints(CameraPointQuery(securityCompany: company.id)).total == 12)
            let initials = try await store.cameraPoints(CameraPointQuery(text: "SZHJQ")).items.map(\.point.name)
            #expect(initials.contains("升钟湖景区大门"))
            #expect(try await store.cameraPoints(CameraPointQuery(text: "升钟湖 大门")).total == 1)
            #expect(try await store.cameraPoints(CameraPointQuery(text: "%")).total == 0)
            await #expect(throws: GatewayError.self) { try await store.cameraPoints(CameraPointQuery(cursor: "x")) }
        }
    }

    @Test func probesMoveHealthWithOneEventAChange() async throws {
        try await withRegistry { store, database in
            let point = try Self.point(9)
            _ = try await store.createCameraPoint(point, by: nil)
            let feed = FeedID(cameraPoint: point.id)
            func kinds() async throws -> [String] {
                try await database.pool.read {
                    try String.fetchAll($0, sql: "SELECT json_extract(payload, '$.state') FROM event WHERE kind = 'camera.health'")
                }
            }
            var good = ProbeReport(
                outcome: .reachable, detail: "ok", startedAt: Date(timeIntervalSince1970: 1_000), duration: .seconds(3))
            good.video = .init(codec: "h264", profile: "High", width: 640, height: 360, frameRate: 15, bitRateKbps: 400.5)
            good.gop = .atLeast(3)
            good.timeToFirstPacket = .milliseconds(12)
            good.picture = .init(mean: 120, variance: 800, signature: (0..<256).map { UInt8($0) }, motion: 17)
            #expect(try await store.saveProbe(good, of: feed)?.after.state == .online)
            for second in 0..<3 {
                let bad = ProbeReport(
                    outcome: .timeout, detail: "", startedAt: Date(timeIntervalSince1970: 2_000 + Double(second)),
                    duration: .seconds(5))
                let change = try await store.saveProbe(bad, of: feed)
                #expect(change?.after.state == (second == 2 ? .offline : nil))
            }
            #expect(try await kinds() == ["online", "offline"])
            let history = try await store.probeHistory(of: point.id, limit: 10)
            #expect(history.map(\.report.outcome) == [.timeout, .timeout, .timeout, .reachable])
            let kept = try #require(history.last?.report)
            #expect(kept.video == good.video)
            #expect(kept.gop == good.gop)
            #expect(kept.picture == good.picture)
            #expect(kept.timeToFirstPacket == good.timeToFirstPacket)
            let listing = try #require(try await store.cameraPoint(point.id))
            #expect(listing.health.state == .offline)
            #expect(listing.health.failures == 3)
            #expect(try await store.health()[point.id] == listing.health)
            #expect(try await store.cameraPoints(CameraPointQuery(health: .offline)).total == 1)
        }
    }

    @Test(arguments: [true, false, nil] as [Bool?]) func whetherSoundIsCarriedIsKept(carried: Bool?) async throws {
        try await withRegistry { store, _ in
            var point = try Self.point(1)
            point.carriesAudio = carried
            _ = try await store.createCameraPoint(point, by: nil)
            let kept = try #require(try await store.cameraPoint(point.id))
            #expect(kept.point.carriesAudio == carried)
        }
    }

    /// What was written before `motion` was kept reads as not known.
    @Test func olderProbesHaveNoMotion() async throws {
        let folder = try StoreFolder()
        let point = try Self.point(1)
        let feed = FeedID(cameraPoint: point.id)
        let queue = try DatabaseQueue(path: folder.databaseURL.path)
        try await queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID); PRAGMA user_version = 1")
        }
        try GatewaySchema.migrator().migrate(queue, upTo: "registry-1")
        try await queue.write { db in
            // The columns of that time.
            let known = Set(try db.columns(in: "camera_point").map(\.name))
            let values = CameraPointRecord.values(point).filter { known.contains($0.column) }
            try db.execute(
                sql: """
                    INSERT INTO camera_point (\(values.map(\.column).joined(separator: ", ")))
                    VALUES (\(values.map { _ in "?" }.joined(separator: ", ")))
                    """, arguments: StatementArguments(values.map(\.value)))
            try db.execute(
                sql: """
                    INSERT INTO probe (camera_point_id, role, outcome, detail, started_ms, duration_us, mean, variance)
                    VALUES (?, 'main', 'reachable', '', 1000, 1, 120, 800)
                    """, arguments: [point.id.rawValue])
        }
        try queue.close()

        let database = try folder.open()
        defer { try? database.close() }
        let store = DatabaseCameraPointStore(database)
        var report = ProbeReport(
            outcome: .reachable, detail: "", startedAt: Date(timeIntervalSince1970: 1_000), duration: .seconds(3))
        report.picture = .init(mean: 120, variance: 800, signature: [UInt8](repeating: 9, count: 256), motion: 0)
        _ = try await store.saveProbe(report, of: feed)
        let history = try await store.probeHistory(of: point.id, limit: 10)
        #expect(history.map(\.report.picture?.motion) == [0, nil])
        #expect(history.last?.report.picture?.mean == 120)
    }

    /// A stream that was registered when there was only RTSP stays; other addresses can stand beside it.
    @Test func olderStreamsOutliveTheNewSchemes() async throws {
        let folder = try StoreFolder()
        let point = try Self.point(1)
        let queue = try DatabaseQueue(path: folder.databaseURL.path)
        try await queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID); PRAGMA user_version = 1")
        }
        try GatewaySchema.migrator().migrate(queue, upTo: "registry-2")
        try await queue.write { db in
            // The columns of that time.
            let known = Set(try db.columns(in: "camera_point").map(\.name))
            let values = CameraPointRecord.values(point).filter { known.contains($0.column) }
            try db.execute(
                sql: """
                    INSERT INTO camera_point (\(values.map(\.column).joined(separator: ", ")))
                    VALUES (\(values.map { _ in "?" }.joined(separator: ", ")))
                    """, arguments: StatementArguments(values.map(\.value)))
            try db.execute(
                sql: """
                    INSERT INTO camera_stream (camera_point_id, role, url, transport, width, credentials)
                    VALUES (?, 'main', 'rtsp://198.51.100.7/live', 'tcp', 1920, X'0102')
                    """, arguments: [point.id.rawValue])
        }
        try queue.close()

        let database = try folder.open()
        defer { try? database.close() }
        let kept = try await DatabaseCameraPointStore(database).cameraPoint(point.id)?.point.streams
        #expect(kept?.first?.url.unredacted == "rtsp://198.51.100.7/live" && kept?.first?.width == 1_920)
        #expect(kept?.first?.credentials != nil)
        #expect(kept?.first?.transport == .automatic && kept?.first?.pin == nil)
        let insert = "INSERT INTO camera_stream (camera_point_id, role, url, transport) VALUES (?, 'sub', ?, 'automatic')"
        for refused in ["ftp://198.51.100.7/", "file:///etc/passwd", "http://user:word@198.51.100.7/"] {
            await #expect(throws: DatabaseError.self) {
                try await database.pool.write { try $0.execute(sql: insert, arguments: [point.id.rawValue, refused]) }
            }
        }
        try await database.pool.write {
            try $0.execute(sql: insert, arguments: [point.id.rawValue, "rtmp://198.51.100.7/live/1"])
        }
    }

    @Test(arguments: TransportChoice.allCases) func `a stream keeps how it is carried`(choice: TransportChoice) async throws {
        try await withRegistry { store, _ in
            var point = try Self.point(6)
            point.streams[0].transport = choice
            let pin = try #require(CertificatePin(digest: Array(0..<32)))
            let address = StreamURL(scheme: .rtsps, host: "198.51.100.6", port: 322, target: "/sub")
            point.streams.append(CameraStream(role: .sub, url: address, transport: choice == .udp ? .http : choice, pin: pin))
            _ = try await store.createCameraPoint(point, by: nil)
            let kept = try #require(try await store.cameraPoint(point.id)?.point)
            #expect(kept.streams == point.streams)
        }
    }

    /// The database holds to what an address can carry, whoever writes.
    @Test(
        arguments: [
            ("rtsps://198.51.100.7/live", "udp", false), ("http://198.51.100.7/live", "tcp", false),
            ("rtsp://198.51.100.7/live", "automatic", true), ("rtsp://198.51.100.7/live", "sctp", false),
        ])
    func `what an address cannot carry is not stored`(address: String, transport: String, isPinned: Bool) async throws {
        try await withRegistry { store, database in
            let point = try Self.point(7)
            _ = try await store.createCameraPoint(point, by: nil)
            await #expect(throws: DatabaseError.self) {
                try await database.pool.write {
                    try $0.execute(
                        sql: """
                            INSERT INTO camera_stream (camera_point_id, role, url, transport, certificate_pin) VALUES (?, 'sub', ?, ?, ?)
                            """,
                        arguments: [point.id.rawValue, address, transport, isPinned ? Data(repeating: 1, count: 32) : nil])
                }
            }
        }
    }

    @Test func intermediarysFailureIsOneEvent() async throws {
        try await withRegistry { store, database in
            let recorder = Intermediary(name: "录像机", kind: .nvr, host: "198.51.100.9", channels: 4, leadDepartment: "县公安局")
            _ = try await store.importCameraPoints(by: nil) { _ in
                var changes = RegistryChanges()
                changes.intermediaries = [recorder]
                return changes
            }
            let at = Date(timeIntervalSince1970: 5_000)
            for _ in 0..<3 {
                try await store.saveIntermediaryHealth(recorder.id, isReachable: false, reason: "超时", at: at)
            }
            #expect(try await store.intermediaryHealth()[recorder.id]?.isReachable == false)
            let count = try await database.pool.read {
                try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM event WHERE kind = 'intermediary.health'")
            }
            #expect(count == 1)
        }
    }

    @Test func credentialsAreSealedAndLeaveWithTheirHost() async throws {
        try await withRegistry { store, database in
            let vault = CredentialVault(key: SymmetricKey(size: .bits256))
            let point = try Self.point(4)
            _ = try await store.createCameraPoint(point, by: nil)
            let feed = FeedID(cameraPoint: point.id)
            let plain = StreamCredentials(username: "canary-user", password: "canary-pass")
            try await store.setSealedCredentials(try vault.seal(plain, of: feed), of: feed)
            let sealed = try #require(try await store.sealedCredentials(of: feed))
            #expect(try vault.open(sealed, of: feed) == plain)
            _ = try await store.updateCameraPoint(point.id, by: nil) { $0.name = "新名" }
            #expect(try await store.sealedCredentials(of: feed) == sealed)
            let dump = try await database.pool.read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM camera_point").description
                    + Row.fetchAll(db, sql: "SELECT * FROM camera_stream").description
                    + Row.fetchAll(db, sql: "SELECT * FROM event").description
            }
            #expect(!dump.contains("canary"))
            _ = try await store.updateCameraPoint(point.id, by: nil) {
                $0.streams[0].url = StreamURL(host: "198.51.100.200", target: "/live")
            }
            #expect(try await store.sealedCredentials(of: feed) == nil)
            await #expect(throws: GatewayError.self) {
                try await store.setSealedCredentials(nil, of: FeedID(cameraPoint: point.id, stream: .sub))
            }
        }
    }

    // MARK: -

    private static func point(_ number: Int) throws -> CameraPoint {
        let serial = String(String(1_000_000 + number).dropFirst())
        let code = try #require(GBCode("51132100001320" + serial))
        return CameraPoint(
            gbCode: code, name: "点位\(number)", accessMethod: .direct, sourceCategory: .xueliang, placeType: .crossing,
            address: "幸福路", township: "南隆街道", owner: "县公安局", leadDepartment: "县公安局",
            location: GeoPoint(longitude: 106.06 + Double(number) / 10_000, latitude: 31.35),
            streams: [CameraStream(role: .main, url: StreamURL(host: "198.51.100.\(number % 250)", target: "/live"))])
    }

    private static func inventory() throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("cameras")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".csv") }.sorted()
            .map { ($0, Array(try Data(contentsOf: folder.appendingPathComponent($0)))) }
    }

    private func withRegistry(_ body: (DatabaseCameraPointStore, GatewayDatabase) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("registry-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let database = try GatewayDatabase(in: DataFolder(at: url))
        try await body(DatabaseCameraPointStore(database), database)
        try database.close()
    }
}
