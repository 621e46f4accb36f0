import NIOCore

/// Holds a sender to a rate over some seconds: a bucket that fills steadily and that what comes empties. Pure.
struct RateBound: Hashable {
    /// Key pictures come at once, and so does what waited while the network stood.
    static let seconds = 4

    let bytesPerSecond: Int
    private var credit: Int
    private var paidAt: NIODeadline

    /// - Parameter kilobits: a second; from 1.
    init(kilobits: Int, now: NIODeadline) {
        bytesPerSecond = max(1, min(kilobits, 10_000_000)) * 125
        credit = bytesPerSecond * Self.seconds
        paidAt = now
    }

    /// `false` once more came than may.
    mutating func take(_ bytes: Int, now: NIODeadline) -> Bool {
        let microseconds = min(Int((now - paidAt).nanoseconds / 1_000), Self.seconds * 1_000_000)
        if microseconds > 0 {
            credit = min(credit + bytesPerSecond * microseconds / 1_000_000, bytesPerSecond * Self.seconds)
            paidAt = now
        }
        credit -= bytes
        return credit >= 0
    }
}
