import CameraRegistry
import Foundation
import GatewayCore

extension TestGateway {
    /// A registered point of the lead department 公安局.
    @discardableResult
    func addPoint(
        serial: Int = 1, name: String = "南部县北街路口", category: SourceCategory = .xueliang, method: AccessMethod = .direct,
        department: String = "公安局", location: GeoPoint? = GeoPoint(longitude: 106.0612, latitude: 31.3492),
        credentials: StreamCredentials? = nil
    ) async throws -> CameraPoint {
        let digits = String(serial)
        let code = "5113210200" + "1320" + String(repeating: "0", count: 6 - digits.count) + digits
        guard let gbCode = GBCode(code), let url = Self.streamURL(serial) else { throw FixtureError() }
        var point = CameraPoint(
            gbCode: gbCode, name: name, accessMethod: method, sourceCategory: category, placeType: .crossing, address: "北街 1 号",
            township: "滨江街道", owner: "南部县公安局", leadDepartment: department, location: location,
            streams: method.hasStream ? [CameraStream(role: .main, url: url)] : [])
        point.ownerContact = "0817-5510000"
        point.azimuth = 90
        if method == .securityCompany { point.securityCompany = company.id }
        if let credentials, !point.streams.isEmpty {
            point.streams[0].credentials = try services.vault.seal(credentials, of: FeedID(cameraPoint: point.id, stream: .main))
        }
        return try await services.points.createCameraPoint(point, by: nil).point
    }

    static func streamURL(_ serial: Int) -> StreamURL? {
        try? StreamURL.parse("rtsp://198.51.100.\(serial % 250)/live/\(serial)").get().url
    }

    struct FixtureError: Error {}
}
