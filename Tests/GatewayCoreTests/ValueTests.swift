import Foundation
import GatewayCore
import Testing

@Suite struct ValueTests {
    @Test func identifiersTakeOnlyWhatIsSafeInPathsAndLogs() {
        for text in ["", "a b", "../x", "a\n", "中", String(repeating: "a", count: 65)] {
            #expect(CameraPointID(rawValue: text) == nil)
        }
        #expect(CameraPointID(rawValue: "A-z_09") != nil)
        #expect(Set((0..<1_000).map { _ in CameraPointID.random() }).count == 1_000)
    }

    @Test func feedsAreNamedByPointAndStream() throws {
        let feed = try #require(FeedID("p1/sub"))
        #expect(feed.stream == .sub)
        #expect(feed.description == "p1/sub")
        for text in ["p1", "p1/", "p1/third", "/main", "p/1/main"] { #expect(FeedID(text) == nil) }
    }

    @Test func mediaTimeCountsTicksOfNinetyKilohertz() {
        #expect(MediaTime(.milliseconds(40)).ticks == 3_600)
        #expect(MediaTime(ticks: 90_000).duration == .seconds(1))
        #expect(MediaTime(.seconds(Int64.max)).ticks == .max)
        #expect(MediaTime(ticks: 3_003).duration == .nanoseconds(33_366_000))
    }

    @Test func backOffGrowsToItsCeilingAndBeginsAgain() {
        var backOff = BackOff(initial: .seconds(1), ceiling: .seconds(8))
        let pauses = (0..<40).map { _ in backOff.next() }
        #expect(pauses[0] >= .milliseconds(500) && pauses[0] <= .seconds(1))
        #expect(pauses[2] >= .seconds(2) && pauses[2] <= .seconds(4))
        #expect(pauses.allSatisfy { $0 <= .seconds(8) })
        #expect(pauses[39] >= .seconds(4))
        backOff.reset()
        #expect(backOff.next() <= .seconds(1))
    }
}
