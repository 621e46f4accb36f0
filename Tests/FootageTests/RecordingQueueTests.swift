import Foundation
import GatewayCore
import NIOCore
import Testing

@testable import Footage

@Suite struct RecordingQueueTests {
    private let now = Date(timeIntervalSince1970: 1_795_406_400)

    private func push(_ queue: RecordingQueue, _ ticks: Int64, isKey: Bool = false, bytes: Int = 100) {
        queue.append(
            ByteBuffer(repeating: UInt8(truncatingIfNeeded: ticks), count: bytes), isKey: isKey, mediaTime: MediaTime(ticks: ticks),
            wallTime: now)
    }

    private func times(_ batch: RecordingBatch) -> [Int64] {
        batch.entries.compactMap { if case .fragment(_, _, let time, _) = $0 { time.ticks } else { nil } }
    }

    @Test func givesWhatCameInOrderAndOnce() {
        let queue = RecordingQueue(capacity: 10_000)
        queue.began(initSegment: [9, 9], mimeType: "m")
        push(queue, 1, isKey: true)
        push(queue, 2)
        var batch = RecordingBatch()
        queue.drain(into: &batch)
        #expect(batch.entries.first == .runBegan(initBytes: 2, mimeType: "m"))
        #expect(times(batch) == [1, 2])
        #expect(batch.bytes == [9, 9] + [UInt8](repeating: 1, count: 100) + [UInt8](repeating: 2, count: 100))
        queue.drain(into: &batch)
        #expect(batch.entries.isEmpty && batch.bytes.isEmpty)
    }

    /// The cached GOP may be given with the start and again one by one.
    @Test func takesNoFragmentTwice() {
        let queue = RecordingQueue(capacity: 10_000)
        for tick: Int64 in [1, 2, 3, 2, 3, 4, 4] { push(queue, tick) }
        var batch = RecordingBatch()
        queue.drain(into: &batch)
        #expect(times(batch) == [1, 2, 3, 4])
    }

    @Test func mediaTimeMayBeginAnewWithARun() {
        let queue = RecordingQueue(capacity: 10_000)
        push(queue, 500)
        queue.began(initSegment: [9], mimeType: "m")
        push(queue, 1)
        var batch = RecordingBatch()
        queue.drain(into: &batch)
        #expect(times(batch) == [500, 1])
    }

    @Test func overflowDropsToTheNextKeyPictureAndSaysSo() {
        let queue = RecordingQueue(capacity: 1_000)
        for tick in 1...15 { push(queue, Int64(tick), isKey: tick % 5 == 1) }
        var batch = RecordingBatch()
        queue.drain(into: &batch)
        #expect(times(batch) == Array(1...10))
        #expect(batch.entries.filter { $0 == .overflow }.count == 1)
        #expect(batch.entries.last == .overflow)
        push(queue, 16)
        push(queue, 17, isKey: true)
        push(queue, 18)
        queue.drain(into: &batch)
        #expect(times(batch) == [17, 18])
    }

    @Test func holdsNoMoreThanItsBound() {
        let queue = RecordingQueue(capacity: 5_000)
        for tick in 1...10_000 { push(queue, Int64(tick), isKey: tick % 30 == 1, bytes: tick % 700 + 1) }
        var batch = RecordingBatch()
        queue.drain(into: &batch)
        #expect(batch.bytes.count <= 5_000)
        #expect(batch.entries.count < 5_000)
    }

    @Test func entriesAccountForEveryByte() {
        let queue = RecordingQueue(capacity: 100_000)
        queue.began(initSegment: [1, 2, 3], mimeType: "m")
        for tick in 1...50 { push(queue, Int64(tick), bytes: tick * 3) }
        queue.runEnded(.feedLost)
        var batch = RecordingBatch()
        queue.drain(into: &batch)
        let counted = batch.entries.reduce(0) { sum, entry in
            switch entry {
            case .runBegan(let count, _): sum + count
            case .fragment(let count, _, _, _): sum + count
            case .runEnded, .overflow: sum
            }
        }
        #expect(counted == batch.bytes.count)
        #expect(batch.entries.last == .runEnded(.feedEnded))
    }
}
