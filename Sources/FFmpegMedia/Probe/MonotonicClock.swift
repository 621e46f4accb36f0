import Foundation

/// Nanoseconds of `CLOCK_MONOTONIC`, the clock of `PacketInlet.Packet.arrivalNanoseconds`.
struct MonotonicTime: Sendable, Hashable, Comparable {
    var nanoseconds: UInt64

    static var now: Self {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Self(nanoseconds: UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec))
    }

    static func < (lhs: Self, rhs: Self) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    /// Saturates at both ends.
    func advanced(by duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        let whole = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !whole.overflow, whole.partialValue >= 0 else { return seconds < 0 ? self : Self(nanoseconds: .max) }
        let (sum, overflow) = nanoseconds.addingReportingOverflow(
            UInt64(whole.partialValue) &+ UInt64(clamping: attoseconds / 1_000_000_000))
        return Self(nanoseconds: overflow ? .max : sum)
    }

    /// Zero if `earlier` is later: two threads read the clock in no order.
    func since(_ earlier: Self) -> Duration {
        nanoseconds > earlier.nanoseconds ? .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds)) : .zero
    }
}
