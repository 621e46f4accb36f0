import Glibc

/// The machine's monotonic clock: the same for all processes, so that a time sent can be compared with one read.
struct MonotonicTime: Comparable {
    var nanoseconds: UInt64

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (time: MonotonicTime, seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: time.nanoseconds + UInt64(max(0, seconds) * 1e9))
    }

    /// 0 if `earlier` is later.
    func milliseconds(since earlier: MonotonicTime) -> Double {
        self > earlier ? Double(nanoseconds - earlier.nanoseconds) / 1e6 : 0
    }

    func seconds(since earlier: MonotonicTime) -> Double { milliseconds(since: earlier) / 1e3 }
}
