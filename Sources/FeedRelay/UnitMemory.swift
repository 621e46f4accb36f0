import Foundation
import NIOCore
import RTSP

/// Where one access unit is put together. What is finished is copied into memory of exactly its size: given the working
/// memory itself, with the room that was left over cut off, the cached pictures of 158 cameras held a third more in the gaps.
///
/// ## Concurrency model
/// Confined to the feed's loop by its owner.
// SAFETY: each access to `base` lies in 0..<capacity, which `reserve` ensures before; it is freed by this object alone.
// Exclusivity is unchecked because no method calls out.
final class UnitMemory {
    /// Enough for the pictures between key pictures of most cameras; a key picture's memory is not kept until the next.
    private static let largestKept = 32 << 10
    private static let smallest = 8 << 10

    @exclusivity(unchecked) private var base: UnsafeMutableRawPointer?
    @exclusivity(unchecked) private(set) var capacity = 0
    @exclusivity(unchecked) private(set) var count = 0

    deinit { free(base) }

    /// Begins anew; what was written is forgotten.
    func clear() {
        count = 0
        guard capacity > Self.largestKept else { return }
        free(base)
        base = nil
        capacity = 0
    }

    /// The unit's bytes, as an immutable buffer that owns them; then begins anew.
    func finish() -> ByteBuffer {
        defer { clear() }
        guard let base, count > 0 else { return ByteBuffer() }
        return ExactBuffer.copy(of: UnsafeRawBufferPointer(start: base, count: count))
    }

    /// An RTP packet of the camera behind its interleaved framing, with what is the feed's own in its header.
    ///
    /// - Parameter packet: at least a fixed header long.
    func append(packet: RawSpan, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, ssrc: UInt32) {
        let length = packet.byteCount
        guard length >= RTPHeader.fixedLength, let target = reserve(4 + length) else { return }
        packet.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            (target + 4).copyMemory(from: start, byteCount: length)
        }
        target.storeBytes(of: Self.framing(length).bigEndian, as: UInt32.self)
        let marker = target.load(fromByteOffset: 5, as: UInt8.self) & 0x80
        target.storeBytes(of: marker | payloadType, toByteOffset: 5, as: UInt8.self)
        target.storeBytes(of: sequence.bigEndian, toByteOffset: 6, as: UInt16.self)
        target.storeBytes(of: timestamp.bigEndian, toByteOffset: 8, as: UInt32.self)
        target.storeBytes(of: ssrc.bigEndian, toByteOffset: 12, as: UInt32.self)
    }

    /// Framing and header of a packet of ours whose payload of `length` bytes follows.
    func appendHeader(
        payloadLength length: Int, marker: Bool, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, ssrc: UInt32
    ) {
        guard let target = reserve(4 + RTPHeader.fixedLength) else { return }
        target.storeBytes(of: Self.framing(RTPHeader.fixedLength + length).bigEndian, as: UInt32.self)
        target.storeBytes(of: 0x80, toByteOffset: 4, as: UInt8.self)
        target.storeBytes(of: (marker ? 0x80 : 0) | payloadType, toByteOffset: 5, as: UInt8.self)
        target.storeBytes(of: sequence.bigEndian, toByteOffset: 6, as: UInt16.self)
        target.storeBytes(of: timestamp.bigEndian, toByteOffset: 8, as: UInt32.self)
        target.storeBytes(of: ssrc.bigEndian, toByteOffset: 12, as: UInt32.self)
    }

    func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        guard length > 0, let target = reserve(length) else { return }
        bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            target.copyMemory(from: start, byteCount: length)
        }
    }

    func append(_ bytes: UInt8...) {
        guard let target = reserve(bytes.count) else { return }
        for (index, byte) in bytes.enumerated() { target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
    }

    /// `$`, channel 0, length.
    private static func framing(_ length: Int) -> UInt32 { 0x2400_0000 | UInt32(UInt16(truncatingIfNeeded: length)) }

    /// Where the next `bytes` go; `nil` without memory for them.
    private func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let needed = count + bytes
        if needed > capacity {
            let wanted = max(needed, capacity + capacity / 2, Self.smallest)
            guard let grown = realloc(base, wanted) else { return nil }
            base = grown
            capacity = wanted
        }
        defer { count = needed }
        return base.map { $0 + count }
    }
}
