/// When a picture of a stream that comes in pieces of seconds (HLS) is due, so that it leaves as it was taken. Pure.
///
/// The first picture sets the clock. A time far from it, as after a hole or a restart, sets it anew.
struct Pacing {
    /// Ahead of the clock by more is another time line.
    static let longestWait: Duration = .seconds(20)
    /// Behind it by more, too: what was late is not made up for by playing fast.
    static let latest: Duration = .seconds(4)

    private var anchor: (ticks: Int64, at: MonotonicTime)?

    /// - Parameter ticks: decoding time at 90 kHz.
    /// - Returns: how long to wait before it is sent.
    mutating func wait(for ticks: Int64, now: MonotonicTime) -> Duration {
        guard let anchor else { return restart(ticks, now) }
        let elapsed = now.since(anchor.at)
        let (distance, overflow) = ticks.subtractingReportingOverflow(anchor.ticks)
        // A year at most, or it is no time.
        guard !overflow, abs(distance) < 90_000 * 86_400 * 366 else { return restart(ticks, now) }
        let wait = Duration.milliseconds(distance / 90) - elapsed
        guard (wait < Self.longestWait), (wait + Self.latest > .zero) else { return restart(ticks, now) }
        return max(.zero, wait)
    }

    private mutating func restart(_ ticks: Int64, _ now: MonotonicTime) -> Duration {
        anchor = (ticks, now)
        return .zero
    }
}
