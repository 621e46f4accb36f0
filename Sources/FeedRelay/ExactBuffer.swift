import Foundation
@_spi(CustomByteBufferAllocator) import NIOCore

/// Buffers whose memory is exactly as large as their bytes. NIO's allocator rounds up to a power of two, which would
/// make a GOP cache a third larger than its pictures.
enum ExactBuffer {
    private static let allocator = ByteBufferAllocator(
        allocate: { malloc($0) },
        reallocate: { realloc($0, $2) },
        deallocate: { free($0) },
        copy: { target, source, count in target.copyMemory(from: source, byteCount: count) })

    /// Room for exactly `capacity` bytes; the first write beyond falls back on NIO's growth.
    static func empty(capacity: Int) -> ByteBuffer {
        guard capacity > 0, let memory = malloc(capacity) else { return ByteBuffer() }
        var buffer = ByteBuffer(
            takingOwnershipOf: UnsafeMutableRawBufferPointer(start: memory, count: capacity), allocator: allocator)
        buffer.clear()
        return buffer
    }

    /// A copy of the bytes.
    static func copy(of source: UnsafeRawBufferPointer) -> ByteBuffer {
        guard source.count > 0, let memory = malloc(source.count) else { return ByteBuffer() }
        let target = UnsafeMutableRawBufferPointer(start: memory, count: source.count)
        target.copyMemory(from: source)
        return ByteBuffer(takingOwnershipOf: target, allocator: allocator)
    }
}
