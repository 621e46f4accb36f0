import Foundation
import GatewayCore
import NIOCore

/// One feed as an endless fMP4 response: what `live` of a ticket leads to.
// SAFETY: mutable state is touched on the connection's loop only.
final class LiveViewer: FragmentViewer, @unchecked Sendable {
    let grant: ViewGrant
    let peer: String
    let medium = ViewMedium.live
    let output: HTTPMediaOutput?
    private let queueLimit: Int
    private var isWaitingForKey = true
    var meter = ViewerMeter()
    var bytes: Int64 { meter.bytes }
    private(set) var isGone = false
    private(set) var endReason: ViewEndReason?

    init(grant: ViewGrant, peer: String, output: HTTPMediaOutput, queueLimit: Int) {
        self.grant = grant
        self.peer = peer
        self.output = output
        self.queueLimit = queueLimit
    }

    func begin(_ start: FragmentStart) {
        guard !isGone, let output else { return }
        write(ConsoleMessage.plainChunk(start.initSegment), to: output)
        isWaitingForKey = start.backlog.isEmpty
        for fragment in start.backlog { write(fragment.plainChunk, cachedFrames: 1, to: output) }
        output.flush()
    }

    func deliver(_ fragment: MediaFragment) {
        guard !isGone, let output else { return }
        if isWaitingForKey {
            guard fragment.isKey else { return meter.skip() }
            isWaitingForKey = false
        }
        let chunk = fragment.plainChunk
        guard output.pendingBytes + chunk.readableBytes <= queueLimit else {
            meter.skip()
            isWaitingForKey = true
            return
        }
        output.write(chunk)
        output.flush()
        meter.wrote(chunk.readableBytes, arrival: fragment.arrival, position: output.written, pending: output.pendingBytes)
    }

    private func write(_ chunk: ByteBuffer, cachedFrames: Int = 0, to output: HTTPMediaOutput) {
        output.write(chunk)
        meter.wrote(chunk.readableBytes, cachedFrames: cachedFrames)
    }

    func deliver(_ state: FeedState) {}

    func overdue(now: NIODeadline, date: Date, stallTime: TimeAmount) -> ViewEndReason? {
        if let endsAt = grant.endsAt, date >= endsAt { return .expired }
        return output?.isStalled(longerThan: stallTime) ?? false ? .stalled : nil
    }

    func end(_ reason: ViewEndReason) {
        endReason = reason
        output?.close()
    }

    func gone() { isGone = true }
}
