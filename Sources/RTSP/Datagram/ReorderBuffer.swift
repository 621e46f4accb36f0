import NIOCore

/// Puts the packets of one track into the order of their sequence numbers. Pure.
///
/// A packet that comes in order passes without being copied. One that comes early is kept until those before it came, until
/// ``Limits/wait`` passed, or until too many are kept; then what is missing is lost. Duplicates, and packets that were given
/// up already, are dropped and counted.
struct ReorderBuffer {
    struct Limits: Hashable {
        /// Beyond so many kept packets the oldest gap is given up.
        var packets = 128
        var bytes = 512 << 10
        var wait: TimeAmount = .milliseconds(50)
    }

    enum Verdict: Hashable {
        /// Hand it on now, and after it what ``next()`` gives.
        case deliver
        /// It was copied. What ``next()`` gives may be handed on.
        case kept
        case dropped
    }

    private struct Kept {
        let sequence: UInt16
        let bytes: ByteBuffer
        let arrival: NIODeadline
    }

    /// Steps beyond this are a new numbering, not an order.
    private static let window = 512
    /// So many late packets one after the other are a new numbering too.
    private static let patience = 32

    private let limits: Limits
    private var expected: UInt16?
    private var ssrc: UInt32 = 0
    /// In the order of their sequence numbers.
    private var kept: [Kept] = []
    private var keptBytes = 0
    /// Which of the 64 numbers before ``expected`` came; the newest is the lowest bit.
    private var history: UInt64 = 0
    private var lateRun = 0
    private(set) var duplicates = 0
    private(set) var late = 0
    private(set) var reordered = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// When the oldest gap is to be given up by ``expire(now:)``; `nil` while nothing is kept.
    var deadline: NIODeadline? { kept.lazy.map(\.arrival).min().map { $0 + limits.wait } }

    /// - Parameter packet: at least 12 bytes of RTP.
    mutating func receive(_ packet: RawSpan, now: NIODeadline) -> Verdict {
        let sequence = packet.uint16(at: 2)
        let source = packet.uint32(at: 8)
        guard let expected, source == ssrc else { return begin(sequence, source) }
        if sequence == expected {
            pass()
            return .deliver
        }
        let step = Int(Int16(bitPattern: sequence &- expected))
        if step > 0, step < Self.window { return keep(packet, sequence, now) }
        if step < 0, step > -Self.window { return comesLate(sequence, source, back: -step) }
        return begin(sequence, source)
    }

    /// The next kept packet that may be handed on; a caller asks until there is none.
    mutating func next() -> ByteBuffer? {
        guard let first = kept.first else { return nil }
        if first.sequence != expected {
            guard kept.count > limits.packets || keptBytes > limits.bytes else { return nil }
            giveUpGap(before: first)
        }
        kept.removeFirst()
        keptBytes -= first.bytes.readableBytes
        pass()
        return first.bytes
    }

    /// Gives up the first gap if a packet waited too long: ``next()`` has more then. Called until ``deadline`` lies ahead.
    mutating func expire(now: NIODeadline) {
        guard let deadline, now >= deadline, let first = kept.first else { return }
        giveUpGap(before: first)
    }

    private mutating func giveUpGap(before packet: Kept) {
        let skipped = Int(packet.sequence &- (expected ?? packet.sequence))
        history = skipped < 64 ? history << UInt64(skipped) : 0
        expected = packet.sequence
    }

    private mutating func begin(_ sequence: UInt16, _ source: UInt32) -> Verdict {
        // What is kept belongs to the numbering that ended; what lay in front of it will not come any more.
        late &+= kept.count
        kept.removeAll()
        keptBytes = 0
        expected = sequence
        ssrc = source
        history = 0
        pass()
        return .deliver
    }

    private mutating func pass() {
        expected = (expected ?? 0) &+ 1
        history = history << 1 | 1
        lateRun = 0
    }

    private mutating func keep(_ packet: RawSpan, _ sequence: UInt16, _ now: NIODeadline) -> Verdict {
        let base = expected ?? sequence
        let place = kept.lastIndex { $0.sequence &- base <= sequence &- base }
        if let place, kept[place].sequence == sequence {
            duplicates &+= 1
            return .dropped
        }
        var copy = ByteBufferAllocator().buffer(capacity: packet.byteCount)
        packet.withUnsafeBytes { _ = copy.writeBytes($0) }
        kept.insert(Kept(sequence: sequence, bytes: copy, arrival: now), at: place.map { $0 + 1 } ?? 0)
        keptBytes += packet.byteCount
        reordered &+= 1
        return .kept
    }

    private mutating func comesLate(_ sequence: UInt16, _ source: UInt32, back: Int) -> Verdict {
        if back <= 64, history >> UInt64(back - 1) & 1 == 1 {
            duplicates &+= 1
            return .dropped
        }
        late &+= 1
        lateRun += 1
        return lateRun < Self.patience ? .dropped : begin(sequence, source)
    }
}
