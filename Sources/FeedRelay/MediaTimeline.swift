import GatewayCore
import NIOCore

/// Turns the RTP timestamps of one camera after the other into a feed's media time.
///
/// Timestamps are unwrapped per camera session and re-based onto a line that never jumps back between sessions. After
/// a reconnect the line goes on by the time that really passed. Where it leaves the arrival times by more than
/// ``tolerance`` it is re-based to them and counted: cameras jump when someone sets their clock. While a camera's timestamp
/// stands still, arrival alone moves the line.
struct MediaTimeline {
    static let tolerance = MediaTime(ticks: 2 * MediaTime.ticksPerSecond)

    /// Pictures come in the order in which they are shown: a time that is not after the last is a jump, however short.
    var isMonotonic = false
    private(set) var rebases = 0
    private var session: Session?
    private var last: (mediaTime: MediaTime, arrival: NIODeadline)?

    private struct Session {
        /// Unwrapped timestamp of the camera, in ticks.
        var unwrapped: Int64
        var lastTimestamp: UInt32
        /// Media time minus unwrapped timestamp.
        var offset: Int64
        /// Media time and arrival of the session's or the last re-basing's first access unit.
        var anchor: (mediaTime: Int64, arrival: NIODeadline)
        /// Access units of one and the same timestamp came.
        var isStalled = false
    }

    /// The camera's connection ended: its next timestamps have another origin.
    mutating func sessionEnded() { session = nil }

    mutating func mediaTime(timestamp: UInt32, arrival: NIODeadline) -> MediaTime {
        guard var current = session else { return begin(timestamp: timestamp, arrival: arrival) }
        let step = Int64(Int32(bitPattern: timestamp &- current.lastTimestamp))
        if step == 0, let last { return stalled(after: last, arrival: arrival) }
        current.unwrapped &+= step
        current.lastTimestamp = timestamp
        let time = current.unwrapped &+ current.offset
        let expected = current.anchor.mediaTime &+ Self.ticks(arrival - current.anchor.arrival)
        let drift = time &- expected
        let isBehind = (isMonotonic || current.isStalled) && MediaTime(ticks: time) <= last?.mediaTime ?? .zero
        guard abs(drift) <= Self.tolerance.ticks, !isBehind else {
            rebases += 1
            return begin(timestamp: timestamp, arrival: arrival)
        }
        current.isStalled = false
        session = current
        let result = MediaTime(ticks: time)
        if result >= last?.mediaTime ?? result { last = (result, arrival) }
        slide(arrival: arrival, drift: drift)
        return result
    }

    /// Of the newest unit of all sessions.
    var newest: MediaTime? { last?.mediaTime }

    /// Where a timestamp of the present session lies on the line, without being taken for a unit's; `nil` between sessions.
    func position(of timestamp: UInt32) -> MediaTime? {
        session.map { MediaTime(ticks: $0.unwrapped &+ Int64(Int32(bitPattern: timestamp &- $0.lastTimestamp)) &+ $0.offset) }
    }

    /// Media time at a moment after the newest unit; `nil` before the first.
    func moment(of arrival: NIODeadline) -> MediaTime? {
        last.map { MediaTime(ticks: $0.mediaTime.ticks &+ Self.ticks(arrival - $0.arrival)) }
    }

    private mutating func stalled(after last: (mediaTime: MediaTime, arrival: NIODeadline), arrival: NIODeadline) -> MediaTime {
        session?.isStalled = true
        let result = MediaTime(ticks: last.mediaTime.ticks &+ max(1, Self.ticks(arrival - last.arrival)))
        self.last = (result, arrival)
        return result
    }

    /// Camera clocks run some parts per million fast or slow: the anchor follows the drift, so that only a jump counts.
    private mutating func slide(arrival: NIODeadline, drift: Int64) {
        guard let current = session, arrival - current.anchor.arrival > .seconds(10) else { return }
        session?.anchor = (current.unwrapped &+ current.offset &- drift / 2, arrival)
    }

    private mutating func begin(timestamp: UInt32, arrival: NIODeadline) -> MediaTime {
        let base: Int64
        if let last {
            // One tick at least, so that no two access units share a time.
            base = last.mediaTime.ticks &+ max(1, Self.ticks(arrival - last.arrival))
        } else {
            base = 0
        }
        session = Session(
            unwrapped: Int64(timestamp), lastTimestamp: timestamp, offset: base &- Int64(timestamp), anchor: (base, arrival))
        last = (MediaTime(ticks: base), arrival)
        return MediaTime(ticks: base)
    }

    private static func ticks(_ amount: TimeAmount) -> Int64 {
        amount.nanoseconds / 100_000 * 9 &+ amount.nanoseconds % 100_000 * 9 / 100_000
    }
}
