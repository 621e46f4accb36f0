import Accounts
import CameraRegistry
import FeedRelay
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import Logging
import Synchronization
import Testing

@testable import VideoDispatch

/// 2026-11-23 12:00 in China.
let noon = Date(timeIntervalSince1970: 1_795_406_400)
let today = CalendarDay(year: 2026, month: 11, day: 23)!
/// The middle of Nanbu.
let spot = GeoPoint(longitude: 106.061, latitude: 31.349)!

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension GeoPoint {
    /// The place `metres` away, on the sphere.
    func moved(_ metres: Double, bearing: Double) -> GeoPoint {
        let radians = bearing * .pi / 180
        let latitude = latitude + metres * cos(radians) / 111_195
        return GeoPoint(
            longitude: longitude + metres * sin(radians) / (111_195 * cos(self.latitude * .pi / 180)), latitude: latitude)!
    }
}

/// Codes of points made by tests: a running serial, so that no two are the same.
func code(_ serial: Int) -> GBCode { GBCode("51132100001310" + String(format: "%06d", serial))! }

func makePoint(
    _ name: String = "南隆镇·新华路口", serial: Int = 1, id: CameraPointID = .random(), method: AccessMethod = .direct,
    category: SourceCategory = .xueliang, coverage: Coverage = .street, location: GeoPoint? = spot,
    roles: [StreamRole] = [.main, .sub], status: PointStatus = .inUse, change: (inout CameraPoint) -> Void = { _ in }
) -> CameraPoint {
    var point = CameraPoint(
        id: id, gbCode: code(serial), name: name, accessMethod: method, sourceCategory: category, placeType: .street,
        address: "新华路1号", township: "南隆镇", owner: "南部县公安局", leadDepartment: "公安局", location: location,
        streams: method.hasStream
            ? roles.map {
                CameraStream(
                    role: $0, url: StreamURL(host: "198.51.100.\(serial % 250 + 1)", port: 554, target: "/\($0.rawValue)"))
            } : [])
    point.coverage = coverage
    point.status = status
    point.ownerContact = "0817-5550000"
    change(&point)
    return point
}

func listing(
    _ point: CameraPoint, health: HealthState = .online, company: SecurityCompany? = nil, intermediary: Intermediary? = nil
) -> CameraPointListing {
    CameraPointListing(
        point: point, health: CameraHealth(state: health), pinyin: "", intermediary: intermediary, securityCompany: company)
}

func makeCompany(validUntil: CalendarDay?) -> SecurityCompany {
    SecurityCompany(
        name: "川北安保", licenceKind: "保安服务许可证", licenceNumber: "川公保服20260001", licenceIssuer: "四川省公安厅",
        licenceValidUntil: validUntil, contact: "张三", phone: "0817-5551111")
}

func makeActor(_ duty: CommandDuty = .operator) -> IncidentActor {
    IncidentActor(id: .random(), name: "李四", role: duty.rawValue, unit: "县指挥中心")
}

/// A clock that stands until it is moved.
final class ManualClock: Sendable {
    private let state: Mutex<Date>

    init(_ date: Date = noon) { state = Mutex(date) }

    var wall: WallClock { WallClock { self.date } }
    var date: Date { state.withLock { $0 } }
    func advance(_ seconds: TimeInterval) { state.withLock { $0 += seconds } }
}

/// A gateway's data folder with a real database in it, gone after `body`.
struct World: Sendable {
    let folder: URL
    let database: GatewayDatabase
    let incidents: DatabaseIncidentStore
    let points: DatabaseCameraPointStore
    let links: DatabaseLinkStore
    let footage: DatabaseFootageStore
    let clock: ManualClock

    static func with(_ body: (World) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dispatch-\(UInt64.random(in: 0...UInt64.max))")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try GatewayDatabase(in: DataFolder(at: folder))
        let clock = ManualClock()
        let world = World(
            folder: folder, database: database,
            incidents: DatabaseIncidentStore(database, endingSteps: [LinkRecord.endWithIncident]),
            points: DatabaseCameraPointStore(database, clock: clock.wall), links: DatabaseLinkStore(database),
            footage: DatabaseFootageStore(database), clock: clock)
        do {
            try await body(world)
        } catch {
            try? database.close()
            throw error
        }
        try database.close()
    }

    var thumbnails: URL { folder.appending(path: "thumbnails") }
    var thumbnailNames: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: thumbnails.path)) ?? []).sorted()
    }

    func incident(isDrill: Bool = false, ground: LinkGround? = nil) async throws -> Incident {
        try await incidents.open(
            IncidentOpening(title: "新华路火情", category: .accident, location: spot, isDrill: isDrill, ground: ground),
            by: makeActor(), at: clock.date)
    }

    func register(_ point: CameraPoint) async throws -> CameraPoint {
        try await points.createCameraPoint(point, by: nil).point
    }
}

/// Waits until `condition` holds, at most `limit`, and expects that it does.
func expectEventually(
    _ limit: Duration = .seconds(5), sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    var holds = try await condition()
    while !holds, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(5))
        holds = try await condition()
    }
    #expect(holds, sourceLocation: sourceLocation)
}
