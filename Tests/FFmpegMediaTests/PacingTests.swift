import Testing

@testable import FFmpegMedia

@Suite struct PacingTests {
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    @Test func piecesOfSecondsLeaveAsTheyWereTaken() {
        var pacing = Pacing()
        #expect(pacing.wait(for: 900_000, now: start) == .zero)
        #expect(pacing.wait(for: 903_600, now: start) == .milliseconds(40))
        #expect(pacing.wait(for: 990_000, now: start.advanced(by: .milliseconds(300))) == .milliseconds(700))
        // A little late is made up for.
        #expect(pacing.wait(for: 993_600, now: start.advanced(by: .milliseconds(1_500))) == .zero)
        #expect(pacing.wait(for: 1_080_000, now: start.advanced(by: .milliseconds(1_500))) == .milliseconds(500))
    }

    @Test func anotherTimeLineSetsTheClock() {
        var pacing = Pacing()
        _ = pacing.wait(for: 0, now: start)
        #expect(pacing.wait(for: 90_000 * 60, now: start) == .zero)
        #expect(pacing.wait(for: 90_000 * 61, now: start) == .seconds(1))
        #expect(pacing.wait(for: 0, now: start) == .zero)
        #expect(pacing.wait(for: .max, now: start) == .zero)
        #expect(pacing.wait(for: .min, now: start) == .zero)
    }

    @Test func muchTooLateIsNotPlayedFast() {
        var pacing = Pacing()
        _ = pacing.wait(for: 0, now: start)
        #expect(pacing.wait(for: 90_000, now: start.advanced(by: .seconds(6))) == .zero)
        #expect(pacing.wait(for: 180_000, now: start.advanced(by: .seconds(6))) == .seconds(1))
    }
}
