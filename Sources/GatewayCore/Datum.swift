import Foundation

/// The geodetic datum in which a coordinate was written down. Everything inside is WGS-84; conversion happens once, at
/// the border.
package enum Datum: String, Sendable, Codable, CaseIterable {
    /// What a GNSS receiver says.
    case wgs84
    /// The encrypted Chinese national datum of domestic maps (Amap, Tencent).
    case gcj02
    /// Baidu's own on top of GCJ-02.
    case bd09

    /// The place in WGS-84, to better than 0.1 m within China; `nil` if the pair is out of range.
    package func toWGS84(longitude: Double, latitude: Double) -> GeoPoint? {
        guard GeoPoint(longitude: longitude, latitude: latitude) != nil else { return nil }
        switch self {
        case .wgs84: return GeoPoint(longitude: longitude, latitude: latitude)
        case .gcj02: return Self.fromGCJ(longitude, latitude)
        case .bd09:
            let x = longitude - 0.0065
            let y = latitude - 0.006
            let z = (x * x + y * y).squareRoot() - 0.00002 * sin(y * Self.baiduPi)
            let theta = atan2(y, x) - 0.000003 * cos(x * Self.baiduPi)
            return Self.fromGCJ(z * cos(theta), z * sin(theta))
        }
    }

    private static let baiduPi = Double.pi * 3_000 / 180

    /// Inverts the forward shift by fixed-point iteration: three rounds leave less than a centimetre.
    private static func fromGCJ(_ longitude: Double, _ latitude: Double) -> GeoPoint? {
        var lng = longitude
        var lat = latitude
        for _ in 0..<5 {
            let shifted = toGCJ(lng, lat)
            lng -= shifted.0 - longitude
            lat -= shifted.1 - latitude
        }
        return GeoPoint(longitude: lng, latitude: lat)
    }

    /// The published forward shift on the Krasovsky 1940 ellipsoid; identity outside China's bounding box.
    package static func toGCJ(_ longitude: Double, _ latitude: Double) -> (Double, Double) {
        guard (72.004...137.8347).contains(longitude), (0.8293...55.8271).contains(latitude) else { return (longitude, latitude) }
        let x = longitude - 105
        let y = latitude - 35
        let pi = Double.pi
        let waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
        var dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * abs(x).squareRoot() + waves
        dLat += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
        dLat += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
        var dLng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * abs(x).squareRoot() + waves
        dLng += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
        dLng += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
        let axis = 6_378_245.0
        let eccentricity = 0.00669342162296594323
        let radians = latitude / 180 * pi
        let magic = 1 - eccentricity * sin(radians) * sin(radians)
        dLat = dLat * 180 / ((axis * (1 - eccentricity)) / (magic * magic.squareRoot()) * pi)
        dLng = dLng * 180 / (axis / magic.squareRoot() * cos(radians) * pi)
        return (longitude + dLng, latitude + dLat)
    }
}
