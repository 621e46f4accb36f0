import CFFmpeg
import GatewayCore

/// libavformat's `sdp` demuxer on packets of an inlet; it is given no network, file or other protocol.
///
/// ## Concurrency model
/// Confined to the probe's thread. Every call returns by the reader's deadline: reads end there, and so does libavformat's
/// interrupt callback.
final class SessionDemuxer {
    let reader: PacketReader
    private let context: UnsafeMutablePointer<AVFormatContext>

    init(sdp: String, reader: PacketReader) throws(FFmpegError) {
        FFmpegLog.silence()
        self.reader = reader
        let session = try SessionReader(sdp)
        guard let format = av_find_input_format("sdp") else {
            throw .invalidArgument("built without the sdp demuxer", operation: "open session")
        }
        let made = try allocated(avformat_alloc_context(), "open session")
        made.pointee.pb = session.context
        made.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        // SAFETY: self keeps the reader until the context is closed in deinit; called on the probe's thread.
        let opaque = Unmanaged.passUnretained(reader).toOpaque()
        made.pointee.interrupt_callback = AVIOInterruptCB(callback: isInterrupted, opaque: opaque)
        // Packets come in the order of one TCP connection: nothing to reorder, nothing to wait for.
        made.pointee.max_delay = 0
        var options: Options
        do {
            options = try Options(["sdp_flags": "custom_io", "protocol_whitelist": "none", "format_whitelist": "sdp"])
        } catch {
            avformat_free_context(made)
            throw error
        }
        var opened: UnsafeMutablePointer<AVFormatContext>? = made
        // On failure libavformat frees the context.
        try check(avformat_open_input(&opened, nil, format, &options.pointer), "open session")
        context = made
        context.pointee.pb = reader.context
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// The first video track, all others being discarded from now on.
    func selectVideo() -> UnsafeMutablePointer<AVStream>? {
        var video: UnsafeMutablePointer<AVStream>?
        for index in 0..<Int(context.pointee.nb_streams) {
            guard let stream = context.pointee.streams[index] else { continue }
            if video == nil, stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO {
                video = stream
            } else {
                stream.pointee.discard = AVDISCARD_ALL
            }
        }
        return video
    }

    /// The next access unit, or `false` at the end of the feed or the deadline.
    func read(_ packet: borrowing Packet) -> Bool {
        while true {
            av_packet_unref(packet.pointer)
            let result = av_read_frame(context, packet.pointer)
            if result >= 0 { return true }
            // A packet that is not of this session, or that its payload format cannot take: the next one may be sound.
            if reader.end != nil || reader.isPastDeadline || result == ffmpeg_error_end_of_file() { return false }
        }
    }
}

private func isInterrupted(opaque: UnsafeMutableRawPointer?) -> CInt {
    guard let opaque else { return 0 }
    // SAFETY: set in SessionDemuxer.init to a reader that the demuxer keeps; called on the probe's thread.
    return Unmanaged<PacketReader>.fromOpaque(opaque).takeUnretainedValue().isPastDeadline ? 1 : 0
}
