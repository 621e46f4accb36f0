import Foundation
import NIOCore
import RTSP

/// Where a feed's access units are put together, one behind the other in slabs. A finished unit is a slice of its slab: none of
/// its bytes is copied again, and nothing lies unused between the cached pictures of a camera. A slab goes with the last unit
/// in it, and as they are of one size, the heap gives to one camera what another gave back.
///
/// ## Concurrency model
/// Confined to the feed's loop by its owner. Finished units are read on other threads; their bytes are not written again.
// SAFETY: each access to `base` lies in 0..<capacity, which `reserve` ensures before, and behind every finished unit; the
// memory is that of `slab`, which holds it. Exclusivity is unchecked because no method calls out.
final class UnitMemory {
    /// Holds some pictures between key pictures of most cameras. A larger picture gets a multiple of it.
    static let slabBytes = 48 << 10
    /// A rest that is shorter is not worth beginning a unit in it.
    private static let shortestRest = 256

    @exclusivity(unchecked) private var slab = ByteBuffer()
    @exclusivity(unchecked) private var base: UnsafeMutableRawPointer?
    @exclusivity(unchecked) private(set) var capacity = 0
    /// Where in the slab the open unit begins.
    @exclusivity(unchecked) private var start = 0
    @exclusivity(unchecked) private(set) var count = 0

    /// Begins anew; what was written of the open unit is forgotten, and the memory of one that grew too large given back.
    func clear() {
        count = 0
        if start == 0, capacity > Self.slabBytes { letGo() }
    }

    /// The unit's bytes; then begins anew.
    func finish() -> ByteBuffer {
        guard count > 0, let unit = slab.getSlice(at: start, length: count) else { return ByteBuffer() }
        start += count
        count = 0
        if capacity - start < Self.shortestRest { letGo() }
        return unit
    }

    private func letGo() {
        slab = ByteBuffer()
        base = nil
        capacity = 0
        start = 0
    }

    /// An RTP packet of the camera behind its interleaved framing, with what is the feed's own in its header.
    ///
    /// - Parameter packet: at least a fixed header long.
    func append(packet: RawSpan, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, ssrc: UInt32, channel: UInt8 = 0) {
        let length = packet.byteCount
        guard length >= RTPHeader.fixedLength, let target = reserve(4 + length) else { return }
        packet.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            (target + 4).copyMemory(from: start, byteCount: length)
        }
        target.storeBytes(of: Self.framing(length, channel).bigEndian, as: UInt32.self)
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

    /// `$`, channel, length.
    private static func framing(_ length: Int, _ channel: UInt8 = 0) -> UInt32 {
        0x2400_0000 | UInt32(channel) << 16 | UInt32(UInt16(truncatingIfNeeded: length))
    }

    /// Where the next `bytes` go; `nil` without memory for them.
    private func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
        if start + count + bytes > capacity, !move(for: bytes) { return nil }
        defer { count += bytes }
        return base.map { $0 + start + count }
    }

    /// Takes the open unit to a new slab with room for so many bytes more. A unit that has outgrown one slab already
    /// may go on growing, and is not moved for every packet.
    private func move(for bytes: Int) -> Bool {
        let needed = count + bytes
        let wanted = needed <= Self.slabBytes ? needed : needed + needed / 4
        let size = (wanted + Self.slabBytes - 1) / Self.slabBytes * Self.slabBytes
        guard let memory = malloc(size) else { return false }
        if let base { memory.copyMemory(from: base + start, byteCount: count) }
        slab = ExactBuffer.owning(UnsafeMutableRawBufferPointer(start: memory, count: size))
        base = memory
        capacity = size
        start = 0
        return true
    }
}
