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
    private(set) var meter = ViewerMeter()
    private let peer: String
    private(set) var isGone = false
    /// Set once, when it leaves.
    private(set) var endReason: ViewEndReason?
    /// Of the sound that it takes; `nil` for none.
    private let audioEra: Int?

    init(
        grant: ViewGrant, sink: any InterleavedSink, queueLimit: Int, peer: String = "", audioEra: Int? = nil,
        opening: ((PacketPosition?) -> Void)? = nil
    ) {
        self.audioEra = audioEra
        self.grant = grant
        self.peer = peer
        self.sink = sink
        self.queueLimit = queueLimit
        self.opening = opening
    }

    /// Writes the cached GOP: the key picture at once, so that it is on its way while the rest is handed over in one go.
    ///
    /// - Parameter report: a sender report on its first unit.
    func begin(with backlog: [AccessUnit], report: SenderReports? = nil) {
        guard !isGone else { return }
        let first = backlog.first.flatMap { $0.isKey ? $0 : nil }
        opening?(first.map { PacketPosition(sequence: $0.firstSequence, timestamp: $0.timestamp) })
        opening = nil
        // The answer may have been the end of it.
        guard !isGone, let first else { return }
        isWaitingForKey = false
        write(report)
        sink.write(first.frames)
        sink.flush()
        write(first.audio)
        for unit in backlog.dropFirst() {
            sink.write(unit.frames)
            write(unit.audio)
        }
        backlogAllowance = backlog.reduce(0) { $0 + $1.byteCount }
        meter.wrote(backlogAllowance, cachedFrames: backlog.count)
        if backlog.count > 1 || audioEra != nil { sink.flush() }
    }

    private func write(_ report: SenderReports?) {
        guard let report else { return }
        sink.write(report.video)
        write(report.sound)
    }

    private func write(_ audio: AudioBatch?) {
        guard let audio, audio.era == audioEra else { return }
        sink.write(audio.frames)
        meter.wrote(audio.byteCount)
    }

    /// Sound that came without a picture. A viewer that lags hears nothing until it sees again.
    func deliver(_ audio: AudioBatch) {
        guard !isGone, !isWaitingForKey, audio.era == audioEra, sink.pendingBytes + audio.byteCount <= queueLimit else { return }
        write(audio)
        sink.flush()
    }

    func deliver(_ unit: AccessUnit, report: SenderReports?) {
        guard !isGone else { return }
        if isWaitingForKey {
            guard unit.isKey else {
                meter.skip()
                return
            }
            isWaitingForKey = false
        }
        let pending = sink.pendingBytes
        if pending > 0 {
            if pending + unit.byteCount > queueLimit + backlogAllowance {
                meter.skip()
                isWaitingForKey = true
                if stall == nil { stall = (.now(), pending) }
                return
            }
        } else {
            backlogAllowance = 0
            stall = nil
        }
        write(report)
        sink.write(unit.frames)
        write(unit.audio)
        sink.flush()
        let position = bytes + Int64(unit.byteCount)
        meter.wrote(unit.byteCount, arrival: unit.arrival, position: position, pending: sink.pendingBytes)
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

    var bytes: Int64 { meter.bytes }
    var figures: ViewerFigures { ViewerFigures(grant, .rtsp, peer: peer, meter, queuedBytes: sink.pendingBytes) }

    func takeTally(into tally: inout ViewerTally, now: NIODeadline) {
        meter.take(into: &tally, position: meter.bytes, pending: sink.pendingBytes, now: now)
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
