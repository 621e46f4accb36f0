import Foundation

/// A mailbox of RTP packets for the thread on which FFmpeg reads them.
///
/// Bounded in bytes. When it is full, new packets are refused and counted; a reader that lost packets sees that from
/// ``refusedPackets``.
///
/// ## Concurrency model
/// Any thread may call any method; `condition` guards all state. `push` never blocks longer than that lock is held.
// SAFETY: every access to the mutable state happens between condition.lock() and condition.unlock().
package final class PacketInlet: @unchecked Sendable {
    package struct Packet: Sendable {
        /// One RTP packet, header and payload, without interleaved framing.
        package let bytes: [UInt8]
        /// When the camera's bytes were read, in nanoseconds of the monotonic clock.
        package let arrivalNanoseconds: UInt64

        package init(bytes: [UInt8], arrivalNanoseconds: UInt64) {
            self.bytes = bytes
            self.arrivalNanoseconds = arrivalNanoseconds
        }
    }

    package enum Next: Sendable {
        case packet(Packet)
        /// The feed ended, or the reader closed the inlet: nothing more will come.
        case ended
        case deadline
    }

    private let condition = NSCondition()
    private let capacityBytes: Int
    private var packets: [Packet] = []
    private var head = 0
    private var heldBytes = 0
    private var refused = 0
    private var isClosed = false

    /// - Parameter capacityBytes: bound on the payload held, 8 MiB unless told.
    package init(capacityBytes: Int = 8 << 20) { self.capacityBytes = capacityBytes }

    /// Whether the packet was taken: `false` when full or closed.
    @discardableResult
    package func push(_ packet: Packet) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return false }
        guard heldBytes + packet.bytes.count <= capacityBytes else {
            refused += 1
            return false
        }
        packets.append(packet)
        heldBytes += packet.bytes.count
        condition.signal()
        return true
    }

    /// No more packets come; those held are still read.
    package func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    /// Blocks the calling thread until a packet is there, the inlet ended, or `deadline` passed.
    package func next(deadline: Date) -> Next {
        condition.lock()
        defer { condition.unlock() }
        while head == packets.count {
            if isClosed { return .ended }
            if !condition.wait(until: deadline), head == packets.count { return isClosed ? .ended : .deadline }
        }
        let packet = packets[head]
        head += 1
        heldBytes -= packet.bytes.count
        if head == packets.count || head >= 512 {
            packets.removeFirst(head)
            head = 0
        }
        return .packet(packet)
    }

    package var refusedPackets: Int {
        condition.lock()
        defer { condition.unlock() }
        return refused
    }
}
