import FeedRelay
import Foundation
import GatewayCore
import NIOCore
import Synchronization

/// What a feed gave its recorder since the last look: bytes in file order, and what they are.
struct RecordingBatch: Sendable {
    enum Entry: Sendable, Hashable {
        /// A new init segment of so many bytes.
        case runBegan(initBytes: Int, mimeType: String)
        case fragment(bytes: Int, isKey: Bool, mediaTime: MediaTime, wallTime: Date)
        case runEnded(RunEnd)
        /// The queue was full: fragments are missing up to the next entry.
        case overflow
    }

    var bytes: [UInt8] = []
    var entries: [Entry] = []

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }
}

/// Hands fragments from a feed's event loop to the footage thread, bounded in bytes.
///
/// Overflow rule: what does not fit is dropped up to the next key picture that finds the queue half empty; the batch says
/// so, the run ends there and a gap row is written.
///
/// ## Concurrency model
/// The feed's loop appends, the footage thread swaps the whole batch out; each holds the mutex for a copy of one fragment or
/// for a swap. Bytes are copied, so no feed's buffer is held by a slow disk.
final class RecordingQueue: FragmentSink {
    private struct State {
        var batch = RecordingBatch()
        var isDropping = false
        var lastMediaTime: MediaTime?
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func runBegan(_ start: FragmentStart) {
        began(initSegment: Array(start.initSegment.readableBytesView), mimeType: start.mimeType)
        for fragment in start.backlog { append(fragment) }
    }

    func append(_ fragment: MediaFragment) {
        append(fragment.bytes, isKey: fragment.isKey, mediaTime: fragment.mediaTime, wallTime: fragment.wallTime)
    }

    func runEnded(_ reason: RunEndReason) {
        let end: RunEnd
        switch reason {
        case .feedLost: end = .feedEnded
        case .parametersChanged: end = .parametersChanged
        case .overflow: end = .overflow
        case .shutdown: end = .shutdown
        // Answers our own request to stop, which knows the reason.
        case .detached: return
        }
        state.withLock { $0.batch.entries.append(.runEnded(end)) }
    }

    func began(initSegment: [UInt8], mimeType: String) {
        state.withLock { state in
            state.batch.bytes.append(contentsOf: initSegment)
            state.batch.entries.append(.runBegan(initBytes: initSegment.count, mimeType: mimeType))
            state.lastMediaTime = nil
        }
    }

    func append(_ bytes: ByteBuffer, isKey: Bool, mediaTime: MediaTime, wallTime: Date) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        state.withLock { state in
            // The backlog may come twice: with the start, and one by one.
            if let last = state.lastMediaTime, mediaTime <= last { return }
            if state.isDropping {
                guard isKey, state.batch.bytes.count + count <= capacity / 2 else { return }
                state.isDropping = false
            } else if state.batch.bytes.count + count > capacity {
                state.isDropping = true
                state.batch.entries.append(.overflow)
                return
            }
            state.lastMediaTime = mediaTime
            bytes.withUnsafeReadableBytes { state.batch.bytes.append(contentsOf: $0) }
            state.batch.entries.append(.fragment(bytes: count, isKey: isKey, mediaTime: mediaTime, wallTime: wallTime))
        }
    }

    /// Puts what waits into `batch` and takes its emptied memory in exchange.
    func drain(into batch: inout RecordingBatch) {
        batch.removeAll()
        // One burst must not hold its memory for the rest of the link.
        if batch.bytes.capacity > 1 << 20 { batch = RecordingBatch() }
        state.withLock { swap(&$0.batch, &batch) }
    }
}
