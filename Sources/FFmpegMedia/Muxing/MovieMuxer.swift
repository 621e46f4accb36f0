import CFFmpeg
import GatewayCore
import NIOCore

/// libavformat's mp4 muxer with one video track, writing fragments to memory.
///
/// ## Concurrency model
/// Confined to the thread or event loop that made it. It does no I/O and never waits.
final class MovieMuxer {
    private let writer: MemoryWriter
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let packet: Packet
    /// End of the last fragment on the muxer's own time line, which has neither jitter nor holes.
    private var end: Int64 = 0
    /// After an error libavformat may hold a sample that would slip into the next fragment.
    private var isBroken = false
    /// `ftyp` and `moov`.
    let header: ByteBuffer

    /// - Parameter extradata: avcC, hvcC or parameter sets with start codes; samples must come in the same form.
    init(codec: VideoCodec, width: Int, height: Int, extradata: [UInt8]) throws(FFmpegError) {
        FFmpegLog.silence()
        writer = try MemoryWriter()
        packet = try Packet()
        var made: UnsafeMutablePointer<AVFormatContext>?
        try check(avformat_alloc_output_context2(&made, nil, "mp4", nil), "open mp4 muxer")
        context = try allocated(made, "open mp4 muxer")
        do {
            context.pointee.pb = writer.context
            context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
            let stream = try allocated(avformat_new_stream(context, nil), "add video track")
            stream.pointee.time_base = AVRational(num: 1, den: CInt(MediaTime.ticksPerSecond))
            let parameters = try allocated(stream.pointee.codecpar, "add video track")
            parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
            parameters.pointee.codec_id = codec.ffmpegID
            parameters.pointee.codec_tag = codec.sampleEntryTag
            parameters.pointee.width = CInt(clamping: width)
            parameters.pointee.height = CInt(clamping: height)
            try parameters.setExtradata(extradata)
            // skip_trailer: otherwise each fragment leaves an entry for the mfra box that a live stream never writes.
            var options = try Options([
                "movflags": "frag_custom+empty_moov+default_base_moof+skip_trailer",
                "video_track_timescale": "\(MediaTime.ticksPerSecond)",
            ])
            try check(avformat_write_header(context, &options.pointer), "write mp4 header")
            try options.checkAllTaken("write mp4 header")
            header = try writer.take("write mp4 header")
        } catch {
            avformat_free_context(context)
            throw error
        }
    }

    deinit { avformat_free_context(context) }

    /// One `moof` and `mdat` with this sample; its `tfdt` is the sum of the durations before it.
    func fragment(sample: UnsafeRawBufferPointer, isKey: Bool, duration: Int64) throws(FFmpegError) -> ByteBuffer {
        guard !isBroken else { throw .invalidArgument("an earlier sample failed", operation: "mux sample") }
        guard let size = CInt(exactly: sample.count), size > 0, let bytes = sample.baseAddress else {
            throw .invalidArgument("a sample holds 1 byte to 2 GiB, not \(sample.count)", operation: "mux sample")
        }
        isBroken = true
        writer.reserve(sample.count + Self.overheadBytes)
        let sent = packet.pointer
        // No copy: without a reference-counted buffer libavformat only reads the bytes, and only during the call.
        sent.pointee.data = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self))
        sent.pointee.size = size
        sent.pointee.dts = end
        sent.pointee.pts = end
        sent.pointee.duration = duration
        sent.pointee.flags = isKey ? AV_PKT_FLAG_KEY : 0
        let written = av_write_frame(context, sent)
        sent.pointee.data = nil
        sent.pointee.size = 0
        try check(written, "mux sample")
        try check(av_write_frame(context, nil), "flush fragment")
        let fragment = try writer.take("flush fragment")
        end += duration
        isBroken = false
        return fragment
    }

    /// `moof` and the header of `mdat`: 112 bytes for a key frame, 108 for another.
    static let overheadBytes = 112
}

extension VideoCodec {
    var ffmpegID: AVCodecID {
        switch self {
        case .h264: AV_CODEC_ID_H264
        case .h265: AV_CODEC_ID_HEVC
        }
    }

    /// `hvc1`, not `hev1`: Safari and Chromium play only parameter sets that lie in the sample entry.
    fileprivate var sampleEntryTag: UInt32 {
        func code(_ text: StaticString) -> UInt32 { MovieBox.Kind(stringLiteral: text).code.byteSwapped }
        return switch self {
        case .h264: code("avc1")
        case .h265: code("hvc1")
        }
    }
}

extension UnsafeMutablePointer<AVCodecParameters> {
    /// Copies `bytes`, padded as FFmpeg's parsers demand; the parameters own the copy.
    func setExtradata(_ bytes: [UInt8]) throws(FFmpegError) {
        guard let size = CInt(exactly: bytes.count), let copy = av_mallocz(bytes.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)) else {
            throw .noMemory(operation: "copy parameter sets")
        }
        copy.copyMemory(from: bytes, byteCount: bytes.count)
        av_freep(&pointee.extradata)
        pointee.extradata = copy.assumingMemoryBound(to: UInt8.self)
        pointee.extradata_size = size
    }
}
