import GatewayCore
import NIOCore
import Testing

@testable import FeedRelay

@Suite struct TranscodeSlotsTests {
    private let feeds = (0..<3).map { _ in FeedID(cameraPoint: .random()) }
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func slotsBelongToFeeds() {
        let slots = TranscodeSlots(limit: 2)
        #expect(slots.claim(feeds[0], now: start) && slots.claim(feeds[1], now: start))
        #expect(slots.claim(feeds[0], now: start), "it has one")
        #expect(!slots.claim(feeds[2], now: start))
        #expect(slots.figures == TranscodeFigures(taken: 2, limit: 2, refused: 1))
    }

    /// Who was admitted is on the way: its slot is not given to another before it could come.
    @Test func slotWaitsForWhoWasAdmitted() {
        let slots = TranscodeSlots(limit: 1)
        #expect(slots.claim(feeds[0], now: start))
        slots.giveBack(feeds[0], now: start + .seconds(4))
        #expect(!slots.claim(feeds[1], now: start + .seconds(4)))
        #expect(slots.claim(feeds[0], now: start + .seconds(4)), "the next viewer of the same feed")
        slots.giveBack(feeds[0], now: start + .seconds(6))
        #expect(slots.figures.taken == 1)
        slots.giveBack(feeds[0], now: start + .seconds(9))
        #expect(slots.claim(feeds[1], now: start + .seconds(9)))
    }

    @Test(arguments: [0, -1]) func noneAtAll(limit: Int) {
        let slots = TranscodeSlots(limit: limit)
        #expect(!slots.claim(feeds[0], now: start))
        #expect(slots.figures == TranscodeFigures(taken: 0, limit: 0, refused: 1))
    }
}
