import Foundation

/// A place on the earth in WGS-84 degrees: longitude −180…180, latitude −90…90.
package struct GeoPoint: Hashable, Sendable, Codable {
    package let longitude: Double
    package let latitude: Double

    /// `nil` outside the ranges above, or for a number that is not finite.
    package init?(longitude: Double, latitude: Double) {
        guard longitude.isFinite, latitude.isFinite, (-180...180).contains(longitude), (-90...90).contains(latitude) else {
            return nil
        }
        self.longitude = longitude
        self.latitude = latitude
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let longitude = try container.decode(Double.self, forKey: .longitude)
        let latitude = try container.decode(Double.self, forKey: .latitude)
        guard let point = GeoPoint(longitude: longitude, latitude: latitude) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "longitude is -180 to 180, latitude -90 to 90"))
        }
        self = point
    }

    private enum CodingKeys: String, CodingKey { case longitude, latitude }

    /// Great-circle distance in metres (haversine, mean radius 6,371,008.8 m).
    package func distance(to other: GeoPoint) -> Double {
        let toRadians = Double.pi / 180
        let deltaLatitude = (other.latitude - latitude) * toRadians
        let deltaLongitude = (other.longitude - longitude) * toRadians
        let a =
            sin(deltaLatitude / 2) * sin(deltaLatitude / 2)
            + cos(latitude * toRadians) * cos(other.latitude * toRadians) * sin(deltaLongitude / 2) * sin(deltaLongitude / 2)
        return 2 * 6_371_008.8 * asin(min(1, a.squareRoot()))
    }

    /// Initial bearing in degrees, 0 = north, clockwise, 0..<360.
    package func bearing(to other: GeoPoint) -> Double {
        let toRadians = Double.pi / 180
        let deltaLongitude = (other.longitude - longitude) * toRadians
        let y = sin(deltaLongitude) * cos(other.latitude * toRadians)
        let x =
            cos(latitude * toRadians) * sin(other.latitude * toRadians)
            - sin(latitude * toRadians) * cos(other.latitude * toRadians) * cos(deltaLongitude)
        let degrees = atan2(y, x) / toRadians
        return degrees < 0 ? degrees + 360 : degrees
    }
}
