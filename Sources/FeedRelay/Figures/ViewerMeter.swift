import NIOCore

/// What went to one viewer, and how late.
///
/// Lateness, from the read of a picture's first packet to the write that took its last byte to the viewer's socket, is
/// measured on one picture a second: the clock is not asked for the others.
///
/// Confined to the loop of the viewer's connection.
struct ViewerMeter {
    private enum Sampling {
        case idle
        /// The next picture is measured.
        case due
        /// A picture that was queued; it is out when so many bytes are.
        case queued(arrival: NIODeadline, end: Int64)
    }

    /// Written since the view began, the queue included.
    private(set) var bytes: Int64 = 0
    private(set) var frames = 0
    /// Pictures that did not fit and those up to the next key picture.
    private(set) var skipped = 0
    /// Of the last picture measured.
    private(set) var lateness: TimeAmount?
    private var sampling = Sampling.due
    private var taken = (bytes: Int64(0), frames: 0, skipped: 0)
    private var fresh: TimeAmount?

    /// Bytes that are no picture, or pictures out of the cache, whose age says nothing about the viewer.
    mutating func wrote(_ count: Int, cachedFrames: Int = 0) {
        bytes &+= Int64(count)
        frames &+= cachedFrames
    }

    mutating func skip() { skipped &+= 1 }

    /// A live picture was handed over and flushed.
    /// - Parameters:
    ///   - position: bytes that the connection was ever given, this picture's the last.
    ///   - pending: bytes of them that wait.
    mutating func wrote(
        _ count: Int, arrival: NIODeadline, position: Int64, pending: @autoclosure () -> Int
    ) {
        bytes &+= Int64(count)
        frames &+= 1
        switch sampling {
        case .idle: return
        case .due:
            sampling = .queued(arrival: arrival, end: position)
            settle(sent: position - Int64(pending()))
        case .queued: settle(sent: position - Int64(pending()))
        }
    }

    private mutating func settle(sent: Int64) {
        guard case .queued(let arrival, let end) = sampling, sent >= end else { return }
        let late = NIODeadline.now() - arrival
        lateness = late
        fresh = late
        sampling = .idle
    }

    /// Called about once a second: adds what came since the last time.
    mutating func take(into tally: inout ViewerTally, position: Int64, pending: Int, now: NIODeadline) {
        settle(sent: position - Int64(pending))
        switch sampling {
        case .idle: sampling = .due
        case .due: break
        case .queued(let arrival, _):
            // Not out yet: it is that late at least.
            lateness = now - arrival
            fresh = lateness
        }
        tally.bytes &+= bytes - taken.bytes
        tally.frames &+= frames - taken.frames
        tally.skipped &+= skipped - taken.skipped
        if let fresh { tally.lateness.count(fresh) }
        fresh = nil
        taken = (bytes, frames, skipped)
    }
}
