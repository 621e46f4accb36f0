import Foundation
import GatewayCore
import Testing

@Suite struct GeoTests {
    @Test func distanceAndBearing() throws {
        let south = try #require(GeoPoint(longitude: 106.06, latitude: 31.35))
        let north = try #require(GeoPoint(longitude: 106.06, latitude: 31.36))
        #expect(abs(south.distance(to: north) - 1_111.95) < 0.5)
        #expect(abs(south.bearing(to: north)) < 0.01)
        let east = try #require(GeoPoint(longitude: 106.07, latitude: 31.35))
        #expect(abs(south.bearing(to: east) - 90) < 0.01)
        #expect(south.distance(to: south) == 0)
    }

    @Test(arguments: [(181.0, 0.0), (0, 91), (-180.1, 0), (.nan, 0), (0, .infinity)])
    func refusesWhatIsNoPlace(longitude: Double, latitude: Double) {
        #expect(GeoPoint(longitude: longitude, latitude: latitude) == nil)
    }

    @Test("GCJ-02 there and back is the same place to a centimetre")
    func gcjRoundTrip() throws {
        for (longitude, latitude) in [(106.0625, 31.3488), (116.3913, 39.9075), (87.6, 43.8), (113.9, 22.5)] {
            let shifted = Datum.toGCJ(longitude, latitude)
            let true84 = try #require(GeoPoint(longitude: longitude, latitude: latitude))
            let back = try #require(Datum.gcj02.toWGS84(longitude: shifted.0, latitude: shifted.1))
            #expect(true84.distance(to: back) < 0.01)
            let offset = try #require(GeoPoint(longitude: shifted.0, latitude: shifted.1)).distance(to: true84)
            #expect((100...900).contains(offset), "the shift within China is some hundred metres")
        }
    }

    @Test("Tiananmen as published in the three datums")
    func knownPlace() throws {
        // WGS-84 116.39123, 39.90691; GCJ-02 116.39747, 39.90832; BD-09 116.40385, 39.91465 (to some metres).
        let fromGCJ = try #require(Datum.gcj02.toWGS84(longitude: 116.397473, latitude: 39.908311))
        let fromBaidu = try #require(Datum.bd09.toWGS84(longitude: 116.403847, latitude: 39.914649))
        let place = try #require(GeoPoint(longitude: 116.391230, latitude: 39.906908))
        #expect(fromGCJ.distance(to: place) < 5)
        #expect(fromBaidu.distance(to: place) < 10)
    }

    @Test func outsideChinaNothingIsShifted() {
        #expect(Datum.toGCJ(2.35, 48.85) == (2.35, 48.85))
    }
}
