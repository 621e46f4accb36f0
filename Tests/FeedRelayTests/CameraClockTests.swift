import GatewayCore
import RTSP
import Testing

@testable import FeedRelay

/// The camera's clock as its sender reports tell it, on a feed whose media time goes with the gateway's clock.
@Suite struct CameraClockTests {
    /// The gateway's clock when media time was zero.
    private let wall: Double = 1_790_000_000
    private var clock = CameraClock()

    /// The camera reports at `second` of the feed that it is `camera` by its clock.
    private mutating func report(at second: Int64, camera: Double, rtpOff: Int64 = 0) {
        let report = SenderReport(
            ssrc: 1, ntp: SenderReport.ntp(secondsSince1970: camera), rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        clock.note(report, position: time(second + rtpOff), newest: time(second), wall: wall + Double(second))
    }

    private func time(_ second: Int64) -> MediaTime { MediaTime(ticks: second * MediaTime.ticksPerSecond) }

    /// How far the time stated for that moment is ahead of the gateway's.
    private func stated(at second: Int64) -> Double? {
        clock.seconds(at: time(second)).map { (($0 - wall - Double(second)) * 1_000).rounded() / 1_000 }
    }

    @Test func withoutReportsThereIsNoClock() {
        #expect(stated(at: 0) == nil)
        #expect(clock.offset == nil)
    }

    @Test mutating func aReportIsCarriedOnByMediaTime() {
        report(at: 2, camera: wall + 2 - 75)
        #expect(stated(at: 1) == -75)
        #expect(stated(at: 7) == -75)
        #expect(clock.offset.map { ($0 * 1_000).rounded() } == -75_000)
        // Drift is followed.
        report(at: 1_002, camera: wall + 1_002 - 74.9)
        #expect(stated(at: 1_002) == -74.9)
        #expect(clock.changes == 0)
    }

    @Test(arguments: [-2_208_988_800, -2_208_988_700, 0, 12, 946_684_800] as [Double])
    mutating func aCameraWhoseClockWasNeverSet(camera: Double) {
        report(at: 1, camera: camera)
        #expect(stated(at: 2) == nil)
        // It is set by NTP later: believed at once.
        report(at: 6, camera: wall + 6 + 3)
        #expect(stated(at: 6) == 3)
        report(at: 11, camera: camera)
        #expect(stated(at: 11) == nil)
        #expect(clock.offset == nil)
    }

    @Test mutating func oneReportThatSlipsIsNotFollowed() {
        report(at: 0, camera: wall)
        report(at: 5, camera: wall + 5 + 3_600)
        #expect(stated(at: 5) == 0)
        report(at: 10, camera: wall + 10)
        #expect(stated(at: 10) == 0)
        #expect(clock.changes == 0)
    }

    @Test mutating func aClockThatIsSetIsFollowedOnceBorneOut() {
        report(at: 0, camera: wall)
        report(at: 5, camera: wall + 5 - 3_600)
        report(at: 10, camera: wall + 10 - 3_600)
        #expect(stated(at: 10) == -3_600)
        #expect(clock.changes == 1)
    }

    @Test mutating func aClockThatJumpsEachTimeIsNone() {
        report(at: 0, camera: wall)
        for step in 1...3 as ClosedRange<Int64> { report(at: 5 * step, camera: wall + Double(step * step * 100)) }
        #expect(stated(at: 15) == nil)
        // Two reports that agree are a clock again.
        report(at: 20, camera: wall + 20 + 7)
        #expect(stated(at: 20) == nil)
        report(at: 25, camera: wall + 25 + 7)
        #expect(stated(at: 25) == 7)
    }

    @Test mutating func aReconnectKeepsTheClockUntilTheCameraReportsAnother() {
        report(at: 0, camera: wall + 40)
        clock.sessionBegan()
        #expect(stated(at: 30) == 40)
        report(at: 31, camera: wall + 31 - 9)
        #expect(stated(at: 31) == -9)
        #expect(clock.changes == 0)
    }

    @Test mutating func anRTPTimeFarFromThePicturesSaysNothing() {
        report(at: 0, camera: wall, rtpOff: 86_400)
        #expect(stated(at: 0) == nil)
        report(at: 5, camera: wall + 5)
        report(at: 10, camera: wall + 500, rtpOff: -11)
        #expect(stated(at: 10) == 0)
    }

    @Test mutating func afterTheEraOfNTPEndsIn2036() {
        let late: Double = 2_100_000_000
        let ntp = SenderReport.ntp(secondsSince1970: late + 5)
        #expect(ntp >> 63 == 0)
        let report = SenderReport(ssrc: 1, ntp: ntp, rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        clock.note(report, position: time(0), newest: time(0), wall: late)
        #expect(clock.offset.map { $0.rounded() } == 5)
    }
}
