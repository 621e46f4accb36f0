import Foundation
import GatewayCore
import NIOCore

/// One feed as an endless fMP4 response: what `live` of a ticket leads to.
// SAFETY: mutable state is touched on the connection's loop only.
final class LiveViewer: FragmentViewer, @unchecked Sendable {
    let grant: ViewGrant
    private let output: HTTPMediaOutput
    private let queueLimit: Int
    private var isWaitingForKey = true
    private var skipped = 0
    private(set) var bytes: Int64 = 0
    private(set) var isGone = false
    private(set) var endReason: ViewEndReason?

    init(grant: ViewGrant, output: HTTPMediaOutput, queueLimit: Int) {
        self.grant = grant
        self.output = output
        self.queueLimit = queueLimit
    }

    func begin(_ start: FragmentStart) {
        guard !isGone else { return }
        write(ConsoleMessage.plainChunk(start.initSegment))
        isWaitingForKey = start.backlog.isEmpty
        for fragment in start.backlog { write(fragment.plainChunk) }
        output.flush()
    }

    func deliver(_ fragment: MediaFragment) {
        guard !isGone else { return }
        if isWaitingForKey {
            guard fragment.isKey else { return skipped += 1 }
            isWaitingForKey = false
        }
        guard output.pendingBytes + fragment.plainChunk.readableBytes <= queueLimit else {
            skipped += 1
            isWaitingForKey = true
            return
        }
        write(fragment.plainChunk)
        output.flush()
    }

    private func write(_ chunk: ByteBuffer) {
        output.write(chunk)
        bytes += Int64(chunk.readableBytes)
    }

    func deliver(_ state: FeedState) {}

    func overdue(now: NIODeadline, date: Date, stallTime: TimeAmount) -> ViewEndReason? {
        if let endsAt = grant.endsAt, date >= endsAt { return .expired }
        return output.isStalled(longerThan: stallTime) ? .stalled : nil
    }

    func takeSkipped() -> Int {
        defer { skipped = 0 }
        return skipped
    }

    func end(_ reason: ViewEndReason) {
        endReason = reason
        output.close()
    }

    func gone() { isGone = true }
}
