import NIOCore
import Testing

@testable import RTSP

@Suite struct ReorderBufferTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// What comes out for the sequence numbers that go in, each one millisecond after the other.
    private struct Run {
        var buffer: ReorderBuffer
        var out: [UInt16] = []
        var now = ReorderBufferTests.start
        var copies = 0

        init(_ limits: ReorderBuffer.Limits = .init()) { buffer = ReorderBuffer(limits: limits) }

        mutating func take(_ sequences: [UInt16], ssrc: UInt8 = 1, size: Int = 4) {
            for sequence in sequences {
                let packet: [UInt8] =
                    [0x80, 96, UInt8(sequence >> 8), UInt8(sequence & 255), 0, 0, 0, 0, 0, 0, 0, ssrc]
                    + [UInt8](repeating: 7, count: size)
                switch buffer.receive(packet.span.bytes, now: now) {
                case .deliver: out.append(sequence)
                case .kept: copies += 1
                case .dropped: break
                }
                drain()
                now = now + .milliseconds(1)
            }
        }

        mutating func drain() {
            while let packet = buffer.next() { out.append(packet.getInteger(at: 2) ?? 0) }
        }

        mutating func wait(_ time: TimeAmount) {
            now = now + time
            while let deadline = buffer.deadline, deadline <= now {
                buffer.expire(now: now)
                drain()
            }
        }
    }

    @Test func `packets in order are never copied, over the wrap`() {
        var run = Run()
        let sequences = (0..<400).map { UInt16(truncatingIfNeeded: 65_400 + $0) }
        run.take(sequences)
        #expect(run.out == sequences && run.copies == 0 && run.buffer.deadline == nil)
    }

    @Test(arguments: [[1, 3, 2, 4], [1, 4, 3, 2, 5], [1, 2, 5, 3, 4, 6], [1, 3, 5, 4, 2, 6]] as [[UInt16]])
    func `early packets wait for those before them`(sequences: [UInt16]) {
        var run = Run()
        run.take(sequences)
        #expect(run.out == sequences.sorted() && run.buffer.deadline == nil)
        #expect(run.buffer.late == 0 && run.buffer.duplicates == 0)
    }

    @Test func `reordering over the wrap`() {
        var run = Run()
        run.take([65_534, 0, 65_535, 2, 1])
        #expect(run.out == [65_534, 65_535, 0, 1, 2])
    }

    @Test func `a lost packet is given up when the one after it waited long enough`() {
        var run = Run()
        run.take([10, 12, 13])
        #expect(run.out == [10] && run.buffer.deadline == Self.start + .milliseconds(51))
        run.wait(.milliseconds(20))
        #expect(run.out == [10])
        run.wait(.milliseconds(40))
        #expect(run.out == [10, 12, 13] && run.buffer.deadline == nil)
        run.take([11])
        #expect(run.out == [10, 12, 13] && run.buffer.late == 1)
        run.take([14])
        #expect(run.out.last == 14)
    }

    @Test func `two gaps are given up one after the other`() {
        var run = Run()
        run.take([10, 12, 14])
        run.wait(.milliseconds(48))
        #expect(run.out == [10, 12])
        run.wait(.milliseconds(3))
        #expect(run.out == [10, 12, 14])
    }

    @Test func `duplicates are dropped, whether handed on or kept`() {
        var run = Run()
        run.take([1, 1, 2, 4, 4, 3, 3, 2, 5])
        #expect(run.out == [1, 2, 3, 4, 5] && run.buffer.duplicates == 4 && run.buffer.late == 0)
    }

    @Test func `no more is kept than the bounds say`() {
        var run = Run(.init(packets: 4, bytes: 1 << 20, wait: .seconds(9)))
        run.take([1] + (3...7))
        #expect(run.out == [1, 3, 4, 5, 6, 7])
        run = Run(.init(packets: 100, bytes: 3_000, wait: .seconds(9)))
        run.take([1, 3, 4, 5], size: 1_000)
        #expect(run.out == [1, 3, 4, 5])
    }

    @Test func `another sender or numbering begins anew`() {
        var run = Run()
        run.take([100, 102])
        run.take([50, 51], ssrc: 2)
        run.take([30_000, 30_001], ssrc: 2)
        #expect(run.out == [100, 50, 51, 30_000, 30_001] && run.buffer.deadline == nil)
        // A numbering that begins a little lower: after a run of late packets it is believed.
        run.take((0..<40).map { 29_700 + $0 }, ssrc: 2)
        #expect(run.out.suffix(9) == (29_731...29_739).map { UInt16($0) }[...])
    }
}
