import GatewayCore
import Testing

@testable import FFmpegMedia

@Suite struct ProbeMeterTests {
    private func unit(_ time: Double?, arrival: Double, bytes: Int = 1000, isKey: Bool = false) -> ProbeMeter.AccessUnit {
        .init(time: time, arrival: MonotonicTime(nanoseconds: UInt64(arrival * 1e9)), bytes: bytes, isKey: isKey)
    }

    private func meter(_ units: [ProbeMeter.AccessUnit]) -> ProbeMeter { units.reduce(into: ProbeMeter()) { $0.add($1) } }

    @Test func figuresFollowTheCamerasTimestamps() {
        // Delivered in one burst from a cache: arrival says nothing.
        let found = meter((0...50).map { unit(100 + Double($0) * 0.04, arrival: 5, isKey: $0 == 0 || $0 == 50) })
        #expect(found.frameRate.map { abs($0 - 25) < 1e-6 } == true)
        #expect(found.bitRateKbps.map { abs($0 - 200) < 1e-6 } == true)
        #expect(found.gop(window: 3) == .seconds(2))
    }

    @Test(arguments: [nil, 7.0])
    func arrivalCountsWhereTimestampsAreMissingOrStandStill(time: Double?) {
        let found = meter((0...20).map { unit(time, arrival: 10 + Double($0) * 0.1, isKey: $0 % 10 == 0) })
        #expect(found.frameRate.map { abs($0 - 10) < 1e-6 } == true)
        #expect(found.gop(window: 3) == .seconds(1))
    }

    @Test func nothingCountsBeforeTheFirstKeyFrame() {
        var found = meter([unit(0, arrival: 1), unit(1, arrival: 2)])
        #expect(found.skipped == 2 && found.firstKeyFrame == nil && found.gop(window: 3) == nil && found.frameRate == nil)
        found.add(unit(2, arrival: 3, isKey: true))
        #expect(found.firstKeyFrame?.time == 2)
        #expect(found.frameRate == nil && found.bitRateKbps == nil)
        #expect(found.gop(window: 1.5) == .atLeast(1.5))
    }

    @Test func reorderedFramesDoNotShortenTheWindow() {
        let times = [0.0, 0.12, 0.04, 0.08, 0.24, 0.16, 0.2]
        let found = meter(times.enumerated().map { unit($1, arrival: 1, isKey: $0 == 0) })
        #expect(found.frameRate.map { abs($0 - 25) < 1e-6 } == true)
    }

    @Test func extremesNeverTrap() {
        let values: [Double?] = [nil, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, -1, 0]
        var found = ProbeMeter()
        for value in values {
            found.add(.init(time: value, arrival: MonotonicTime(nanoseconds: .max), bytes: .max / 64, isKey: true))
            found.add(.init(time: value, arrival: MonotonicTime(nanoseconds: 0), bytes: 0, isKey: true))
        }
        _ = (found.frameRate, found.bitRateKbps, found.gop(window: .nan))
    }
}
