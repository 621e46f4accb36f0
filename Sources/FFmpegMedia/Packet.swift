import CFFmpeg

/// Owner of one `AVPacket`.
struct Packet: ~Copyable {
    let pointer: UnsafeMutablePointer<AVPacket>

    init() throws(FFmpegError) { pointer = try allocated(av_packet_alloc(), "allocate packet") }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&pointer)
    }

    /// Copies `bytes` into a buffer of the packet's own, padded as decoders demand.
    func fill(_ bytes: UnsafeRawBufferPointer) throws(FFmpegError) {
        av_packet_unref(pointer)
        guard let size = CInt(exactly: bytes.count), size > 0, let source = bytes.baseAddress else {
            throw .invalidArgument("a packet holds 1 byte to 2 GiB, not \(bytes.count)", operation: "fill packet")
        }
        try check(av_new_packet(pointer, size), "fill packet")
        pointer.pointee.data.update(from: source.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
}
