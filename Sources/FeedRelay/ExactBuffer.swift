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

    /// All of memory that came from `malloc`; freed with the last buffer that shares it.
    static func owning(_ memory: UnsafeMutableRawBufferPointer) -> ByteBuffer {
        ByteBuffer(takingOwnershipOf: memory, allocator: allocator)
    }
}
