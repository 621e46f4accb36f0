import NIOCore
import Testing

@testable import FeedRelay

@Suite struct ViewerMeterTests {
    private func taken(_ meter: inout ViewerMeter, position: Int64, pending: Int = 0, now: NIODeadline = .now()) -> ViewerTally {
        var tally = ViewerTally()
        meter.take(into: &tally, position: position, pending: pending, now: now)
        return tally
    }

    @Test func aTallyHoldsWhatCameSinceTheLast() {
        var meter = ViewerMeter()
        meter.wrote(100, cachedFrames: 3)
        meter.skip()
        let first = taken(&meter, position: 100)
        #expect(first.bytes == 100 && first.frames == 3 && first.skipped == 1)
        #expect(taken(&meter, position: 100).isEmpty)
        meter.wrote(50, arrival: .now(), position: 150, pending: 0)
        let second = taken(&meter, position: 150)
        #expect(second.bytes == 50 && second.frames == 1 && second.skipped == 0)
        #expect(meter.bytes == 150 && meter.frames == 4 && meter.skipped == 1)
    }

    @Test("one picture a second is measured, the cached ones never")
    func sampling() {
        var meter = ViewerMeter()
        meter.wrote(100, cachedFrames: 10)
        #expect(taken(&meter, position: 100).lateness.samples == 0)
        let arrival = NIODeadline.now() - .milliseconds(40)
        for position in 11...15 { meter.wrote(10, arrival: arrival, position: Int64(position * 10), pending: 0) }
        let tally = taken(&meter, position: 150)
        #expect(tally.lateness.samples == 1)
        #expect((40...2_000).contains((tally.lateness.worst ?? 0) * 1_000))
    }

    @Test("a queued picture is late until its last byte is out")
    func queued() {
        var meter = ViewerMeter()
        let arrival = NIODeadline.now()
        meter.wrote(1_000, arrival: arrival, position: 1_000, pending: 600)
        #expect(meter.lateness == nil)
        let waiting = taken(&meter, position: 1_000, pending: 1, now: arrival + .seconds(3))
        #expect(waiting.lateness.worst == 3)
        meter.wrote(500, arrival: .now(), position: 1_500, pending: 500)
        #expect(taken(&meter, position: 1_500, pending: 500).lateness.samples == 1, "out: measured once")
        #expect((meter.lateness ?? .seconds(9)) < .seconds(3))
    }

    @Test func bucketsHoldEachSampleOnce() {
        var histogram = LatenessHistogram()
        for lateness in [TimeAmount.microseconds(200), .milliseconds(1), .milliseconds(2), .seconds(60), .nanoseconds(-5)] {
            histogram.count(lateness)
        }
        #expect(histogram.buckets == [2, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        var sum = LatenessHistogram()
        sum += histogram
        sum += histogram
        #expect(sum.samples == 10 && sum.worst == 60 && sum.buckets.reduce(0, +) == 10)
    }
}
