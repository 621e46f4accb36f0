import Foundation

extension Date {
    /// Whole milliseconds since 1970, as the store keeps times; clamped to ±2^53 ms, 0 for a date that is not a number.
    package var millisecondsSince1970: Int64 {
        let value = (timeIntervalSince1970 * 1_000).rounded()
        guard value.isFinite else { return 0 }
        let limit = 9_007_199_254_740_992.0
        return Int64(min(max(value, -limit), limit))
    }

    package init(millisecondsSince1970 milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1_000)
    }
}
