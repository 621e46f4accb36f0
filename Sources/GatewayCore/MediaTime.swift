/// A point or span of media time: ticks of 1/90,000 s since a feed began. Monotonic for a feed's life; never wall time.
package struct MediaTime: Hashable, Sendable, Comparable, Codable {
    package static let ticksPerSecond: Int64 = 90_000
    package var ticks: Int64

    package init(ticks: Int64) { self.ticks = ticks }
    package static let zero = MediaTime(ticks: 0)

    /// Nearest tick below; saturates instead of trapping.
    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let whole = seconds.multipliedReportingOverflow(by: Self.ticksPerSecond)
        self.ticks =
            whole.overflow
            ? (seconds < 0 ? .min : .max) : whole.partialValue &+ attoseconds / (1_000_000_000_000_000_000 / Self.ticksPerSecond)
    }

    package var duration: Duration { .microseconds(ticks / 9 * 100 + ticks % 9 * 100 / 9) }
    package var seconds: Double { Double(ticks) / Double(Self.ticksPerSecond) }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.ticks < rhs.ticks }
    package static func + (lhs: Self, rhs: Self) -> Self { Self(ticks: lhs.ticks &+ rhs.ticks) }
    package static func - (lhs: Self, rhs: Self) -> Self { Self(ticks: lhs.ticks &- rhs.ticks) }
}
