import CFFmpeg

/// An `AVIOContext` that yields a session description.
///
/// ## Concurrency model
/// Confined to the probe's thread.
final class SessionReader {
    let context: UnsafeMutablePointer<AVIOContext>
    private let text: [UInt8]
    private var position = 0

    private static let bufferBytes = 4096

    init(_ sdp: String) throws(FFmpegError) {
        text = Array(sdp.utf8)
        guard let buffer = av_malloc(Self.bufferBytes) else { throw .noMemory(operation: "allocate session buffer") }
        let bytes = buffer.assumingMemoryBound(to: UInt8.self)
        guard let context = avio_alloc_context(bytes, CInt(clamping: Self.bufferBytes), 0, nil, readText, nil, nil) else {
            av_free(buffer)
            throw .noMemory(operation: "allocate session reader")
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

    fileprivate func read(into target: UnsafeMutableRawBufferPointer) -> CInt {
        let chunk = text[position...].prefix(target.count)
        guard !chunk.isEmpty else { return ffmpeg_error_end_of_file() }
        target.copyBytes(from: chunk)
        position += chunk.count
        return CInt(clamping: chunk.count)
    }
}

private func readText(opaque: UnsafeMutableRawPointer?, bytes: UnsafeMutablePointer<UInt8>?, count: CInt) -> CInt {
    guard let opaque, let bytes, count > 0 else { return ffmpeg_error_end_of_file() }
    // SAFETY: set in SessionReader.init to the reader that owns this context; called on the probe's thread.
    let reader = Unmanaged<SessionReader>.fromOpaque(opaque).takeUnretainedValue()
    return reader.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
}
