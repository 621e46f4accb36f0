import Foundation
import GatewayCore
import NIOCore
import RTSP

/// One RTSP viewer of a feed.
///
/// Its queue is bounded: what does not fit is skipped up to the next key picture, never part of a GOP.
///
/// ## Concurrency model
/// Confined to the event loop of its connection; the feed's loop holds it as an opaque reference and hands it back by
/// `execute`.
// SAFETY: mutable state is touched on its connection's loop only.
final class FeedViewer: @unchecked Sendable {
    let grant: ViewGrant
    let sink: any InterleavedSink
    private let queueLimit: Int
    /// Called once before anything is written: where its packets begin, if that is known.
    private var opening: ((PacketPosition?) -> Void)?
    private var backlogAllowance = 0
    private var isWaitingForKey = true
    /// Since when its queue has not become shorter, and how long it was then.
    private var stall: (since: NIODeadline, pending: Int)?
    private(set) var bytes: Int64 = 0
    private(set) var isGone = false
    /// Access units skipped since the last call of ``takeSkipped()``.
    private var skipped = 0
    /// Set once, when it leaves.
    private(set) var endReason: ViewEndReason?

    init(
        grant: ViewGrant, sink: any InterleavedSink, queueLimit: Int, opening: ((PacketPosition?) -> Void)? = nil
    ) {
        self.grant = grant
        self.sink = sink
        self.queueLimit = queueLimit
        self.opening = opening
    }

    /// Writes the cached GOP: the key picture at once, so that it is on its way while the rest is handed over in one go.
    ///
    /// - Parameter report: a sender report on its first unit.
    func begin(with backlog: [AccessUnit], report: ByteBuffer? = nil) {
        guard !isGone else { return }
        let first = backlog.first.flatMap { $0.isKey ? $0 : nil }
        opening?(first.map { PacketPosition(sequence: $0.firstSequence, timestamp: $0.timestamp) })
        opening = nil
        // The answer may have been the end of it.
        guard !isGone, let first else { return }
        isWaitingForKey = false
        if let report { sink.write(report) }
        sink.write(first.frames)
        sink.flush()
        for unit in backlog.dropFirst() { sink.write(unit.frames) }
        backlogAllowance = backlog.reduce(0) { $0 + $1.byteCount }
        bytes += Int64(backlogAllowance)
        if backlog.count > 1 { sink.flush() }
    }

    func deliver(_ unit: AccessUnit, report: ByteBuffer?) {
        guard !isGone else { return }
        if isWaitingForKey {
            guard unit.isKey else {
                skipped += 1
                return
            }
            isWaitingForKey = false
        }
        let pending = sink.pendingBytes
        if pending > 0 {
            if pending + unit.byteCount > queueLimit + backlogAllowance {
                skipped += 1
                isWaitingForKey = true
                if stall == nil { stall = (.now(), pending) }
                return
            }
        } else {
            backlogAllowance = 0
            stall = nil
        }
        if let report { sink.write(report) }
        sink.write(unit.frames)
        sink.flush()
        bytes += Int64(unit.byteCount)
    }

    /// A view that is over by its own time, or whose reader stopped, comes back as the reason to end it.
    func overdue(now: NIODeadline, date: Date, stallTime: TimeAmount) -> ViewEndReason? {
        if let endsAt = grant.endsAt, date >= endsAt { return .expired }
        guard let stall else { return nil }
        let pending = sink.pendingBytes
        if pending < stall.pending {
            self.stall = pending == 0 ? nil : (now, pending)
            return nil
        }
        return now - stall.since > stallTime ? .stalled : nil
    }

    func takeSkipped() -> Int {
        defer { skipped = 0 }
        return skipped
    }

    func end(_ reason: ViewEndReason) {
        guard !isGone else { return }
        endReason = reason
        sink.close()
    }

    /// The connection is no more; nothing is written after this.
    func gone() {
        isGone = true
        opening = nil
    }
}
