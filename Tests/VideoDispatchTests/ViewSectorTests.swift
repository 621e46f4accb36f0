import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct ViewSectorTests {
    private func sector(
        azimuth: Double? = 0, fieldOfView: Double? = 60, range: Double? = 100, canTurn: Bool = false
    ) -> ViewSector {
        ViewSector(azimuth: azimuth, fieldOfView: fieldOfView, range: range, canTurn: canTurn)
    }

    @Test(arguments: [(0.0, true), (29.9, true), (30.1, false), (180, false), (329.9, false), (330.1, true), (359, true)])
    func holdsTheSpotWithinHalfItsAngle(bearing: Double, inView: Bool) {
        #expect(sector().coverage(distance: 50, bearing: bearing) == (inView ? .inView : .lookingAway))
    }

    @Test(arguments: [(350.0, 10.0), (10, 350), (180, 181)]) func turnsOverNorth(azimuth: Double, bearing: Double) {
        #expect(sector(azimuth: azimuth).coverage(distance: 50, bearing: bearing) == .inView)
    }

    @Test func endsAtItsRange() {
        #expect(sector().coverage(distance: 100, bearing: 0) == .inView)
        #expect(sector().coverage(distance: 100.1, bearing: 0) == .beyondRange)
        #expect(sector(canTurn: true).coverage(distance: 100.1, bearing: 0) == .beyondRange)
    }

    @Test func aDomeCanBeTurned() {
        #expect(sector(canTurn: true).coverage(distance: 50, bearing: 180) == .inReachOfDome)
        #expect(sector(azimuth: nil, canTurn: true).coverage(distance: 50, bearing: 180) == .inReachOfDome)
    }

    @Test func aFullCircleNeedsNoAzimuth() {
        #expect(sector(azimuth: nil, fieldOfView: 360).coverage(distance: 50, bearing: 77) == .inView)
    }

    @Test func missingFiguresAreUnknownUnlessTheyDoNotMatter() {
        #expect(sector(azimuth: nil).coverage(distance: 50, bearing: 0) == .unknown)
        #expect(sector(fieldOfView: nil).coverage(distance: 50, bearing: 0) == .unknown)
        #expect(sector(range: nil).coverage(distance: 50, bearing: 0) == .unknown)
        #expect(sector(range: nil).coverage(distance: 50, bearing: 180) == .lookingAway)
        #expect(sector(azimuth: nil).coverage(distance: 500, bearing: 0) == .beyondRange)
    }

    /// At its own foot a camera sees nothing for certain: the bearing has no meaning.
    @Test func aSpotAtTheFootIsUnknown() {
        #expect(sector().coverage(distance: 1, bearing: 180) == .unknown)
        #expect(sector(fieldOfView: 360).coverage(distance: 0, bearing: 0) == .inView)
    }

    @Test func saysWhatItMeans() {
        #expect(ViewSector.Coverage.inView.coversSpot == true)
        #expect(ViewSector.Coverage.inReachOfDome.coversSpot == true)
        #expect(ViewSector.Coverage.beyondRange.coversSpot == false)
        #expect(ViewSector.Coverage.lookingAway.coversSpot == false)
        #expect(ViewSector.Coverage.unknown.coversSpot == nil)
    }
}
