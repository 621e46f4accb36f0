import GatewayCore
import NIOCore
import Testing

@testable import FeedRelay

@Suite struct MediaTimelineTests {
    private var timeline = MediaTimeline()
    private let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    @Test mutating func unwrapsThe32BitTimestamp() {
        _ = timeline.mediaTime(timestamp: 0xFFFF_FFFF - 1_799, arrival: start)
        #expect(timeline.mediaTime(timestamp: 1_800, arrival: start + .milliseconds(40)) == MediaTime(ticks: 3_600))
        #expect(timeline.rebases == 0)
    }

    @Test mutating func advancesByTheRealGapAfterAReconnect() {
        _ = timeline.mediaTime(timestamp: 100, arrival: start)
        timeline.sessionEnded()
        #expect(timeline.mediaTime(timestamp: 4_000_000_000, arrival: start + .seconds(30)) == MediaTime(.seconds(30)))
    }

    @Test("a camera whose clock is set, forward or back", arguments: [UInt32(324_000_000), UInt32(bitPattern: -324_000_000)])
    mutating func rebasesAfterAJump(jump: UInt32) {
        _ = timeline.mediaTime(timestamp: 1_000_000, arrival: start)
        let time = timeline.mediaTime(timestamp: 1_000_000 &+ jump, arrival: start + .milliseconds(40))
        #expect(time == MediaTime(.milliseconds(40)))
        #expect(timeline.rebases == 1)
        #expect(
            timeline.mediaTime(timestamp: 1_003_600 &+ jump, arrival: start + .milliseconds(80)) == MediaTime(.milliseconds(80)))
    }

    @Test("a crystal that is 200 ppm fast does not count as a jump in a day")
    mutating func followsSlowDrift() {
        var ticks = 0.0
        for frame in 0..<(86_400 * 2) {
            let arrival = start + .milliseconds(Int64(frame) * 500)
            _ = timeline.mediaTime(timestamp: UInt32(truncatingIfNeeded: Int64(ticks)), arrival: arrival)
            ticks += 45_000 * 1.0002
        }
        #expect(timeline.rebases == 0)
    }

    @Test mutating func aStalledTimestampNeverGoesBack() {
        var last = timeline.mediaTime(timestamp: 7, arrival: start)
        for frame in 1...200 {
            let time = timeline.mediaTime(timestamp: 7, arrival: start + .milliseconds(Int64(frame) * 40))
            #expect(time - last == MediaTime(.milliseconds(40)))
            last = time
        }
        // It goes on as if it had never stopped, or where it stopped.
        #expect(
            timeline.mediaTime(timestamp: 7 + 201 * 3_600, arrival: start + .milliseconds(201 * 40)) == last
                + MediaTime(.milliseconds(40)))
        #expect(timeline.rebases == 0)
        _ = timeline.mediaTime(timestamp: 7 + 201 * 3_600, arrival: start + .milliseconds(202 * 40))
        let after = timeline.mediaTime(timestamp: 9 + 201 * 3_600, arrival: start + .milliseconds(203 * 40))
        #expect(after == last + MediaTime(.milliseconds(120)))
        #expect(timeline.rebases == 1)
    }
}
