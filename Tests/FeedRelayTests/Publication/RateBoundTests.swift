import NIOCore
import Testing

@testable import FeedRelay

@Suite struct RateBoundTests {
    private let start = NIODeadline.now()

    @Test func someSecondsMayComeAtOnceAndTheRateForEver() {
        var bound = RateBound(kilobits: 8_000, now: start)
        let most = bound.take(4_000_000, now: start)
        #expect(most)
        for second in 1...1_000 {
            let isTaken = bound.take(999_000, now: start + .seconds(Int64(second)))
            #expect(isTaken)
        }
        let more = bound.take(2_000_000, now: start + .seconds(1_000))
        #expect(!more)
    }

    @Test func manySmallPiecesAreNoWayAround() {
        var bound = RateBound(kilobits: 8_000, now: start)
        var taken = 0
        for step in 1...100_000 {
            guard bound.take(1_000, now: start + .microseconds(Int64(step * 100))) else { break }
            taken += 1_000
        }
        // Ten times the rate: 4 s of credit last some 0.44 s.
        #expect((4_000_000...4_600_000).contains(taken))
    }

    @Test func noRateIsToo() {
        for kilobits in [0, -5, 1, .max] {
            var bound = RateBound(kilobits: kilobits, now: start)
            _ = bound.take(.max / 2, now: start + .hours(100_000))
            #expect(bound.bytesPerSecond > 0)
        }
    }
}
