import CFFmpeg
import NIOCore

/// An `AVIOContext` that collects what a muxer writes in a `ByteBuffer`.
///
/// ## Concurrency model
/// Confined to whoever confines the muxer that writes to it.
final class MemoryWriter {
    let context: UnsafeMutablePointer<AVIOContext>
    private var collected = ByteBuffer()

    /// - Parameter bufferBytes: libavformat's own buffer. A `moof` must fit into it, since its sizes are written last.
    init(bufferBytes: Int = 32 << 10) throws(FFmpegError) {
        guard let buffer = av_malloc(bufferBytes) else { throw .noMemory(operation: "allocate output buffer") }
        let bytes = buffer.assumingMemoryBound(to: UInt8.self)
        guard let context = avio_alloc_context(bytes, CInt(clamping: bufferBytes), 1, nil, nil, collect, nil) else {
            av_free(buffer)
            throw .noMemory(operation: "allocate output context")
        }
        self.context = context
        context.pointee.seekable = 0
        // Callbacks run only inside calls on this context.
        // SAFETY: self owns the context and frees it in deinit; used on the thread or loop that makes those calls.
        context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        av_freep(&context.pointee.buffer)
        var context: UnsafeMutablePointer<AVIOContext>? = context
        avio_context_free(&context)
    }

    /// What was written since the last call.
    func take(_ operation: @autoclosure () -> String) throws(FFmpegError) -> ByteBuffer {
        avio_flush(context)
        try check(context.pointee.error, operation())
        defer { collected = ByteBuffer() }
        return collected
    }

    /// One allocation for what will be written until the next ``take(_:)``.
    func reserve(_ bytes: Int) { collected.reserveCapacity(bytes) }

    fileprivate func append(_ bytes: UnsafeRawBufferPointer) { collected.writeBytes(bytes) }
}

private func collect(opaque: UnsafeMutableRawPointer?, bytes: UnsafeMutablePointer<UInt8>?, count: CInt) -> CInt {
    guard let opaque, let bytes, count > 0 else { return 0 }
    // SAFETY: set in MemoryWriter.init to the writer that owns this context; same thread or loop as the caller of the muxer.
    let writer = Unmanaged<MemoryWriter>.fromOpaque(opaque).takeUnretainedValue()
    writer.append(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    return count
}
