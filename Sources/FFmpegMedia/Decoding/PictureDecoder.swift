import CFFmpeg
import GatewayCore

/// Decodes single key frames: a probe or a snapshot needs one picture, never the frames between.
///
/// ## Concurrency model
/// Confined to one thread. It starts none of its own.
final class PictureDecoder {
    private let context: UnsafeMutablePointer<AVCodecContext>

    /// 8192 × 4608: a camera that claims more is not worth the memory of its pictures.
    private static let maximumPixels: Int64 = 8192 * 4608

    /// A decoder of byte streams with start codes.
    convenience init(_ parameters: VideoParameters) throws(FFmpegError) {
        guard let made = avcodec_parameters_alloc() else { throw .noMemory(operation: "open decoder") }
        var owned: UnsafeMutablePointer<AVCodecParameters>? = made
        defer { avcodec_parameters_free(&owned) }
        made.pointee.codec_type = AVMEDIA_TYPE_VIDEO
        made.pointee.codec_id = parameters.codec.ffmpegID
        try made.setExtradata(parameters.parameterSets.flatMap { [0, 0, 0, 1] + $0 })
        try self.init(parameters: made)
    }

    /// A decoder of what a demuxer found.
    init(parameters: UnsafePointer<AVCodecParameters>) throws(FFmpegError) {
        FFmpegLog.silence()
        let operation = "open decoder \(String(cString: avcodec_get_name(parameters.pointee.codec_id)))"
        guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw FFmpegError(code: ffmpeg_error_decoder_not_found(), operation: operation)
        }
        context = try allocated(avcodec_alloc_context3(codec), operation)
        do {
            try check(avcodec_parameters_to_context(context, parameters), operation)
            context.pointee.thread_count = 1
            context.pointee.max_pixels = Self.maximumPixels
            // The H.264 decoder conceals damage and says so in the frame's flags. The H.265 decoder has no such flag and
            // would pass a half-decoded picture for a good one, so there every damage is an error.
            if parameters.pointee.codec_id == AV_CODEC_ID_HEVC { context.pointee.err_recognition |= AV_EF_EXPLODE }
            try check(avcodec_open2(context, codec, nil), operation)
        } catch {
            Self.free(context)
            throw error
        }
    }

    deinit { Self.free(context) }

    private static func free(_ context: UnsafeMutablePointer<AVCodecContext>) {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// The picture of a key frame, in full: a decoder holds a frame back for reordering until it is told that no more come.
    func picture(of packet: borrowing Packet) throws(FFmpegError) -> Frame { try picture(packet.pointer) }

    func picture(_ packet: UnsafeMutablePointer<AVPacket>) throws(FFmpegError) -> Frame {
        defer { avcodec_flush_buffers(context) }
        try check(avcodec_send_packet(context, packet), "decode key frame")
        try check(avcodec_send_packet(context, nil), "decode key frame")
        let frame = try Frame()
        try check(avcodec_receive_frame(context, frame.pointer), "decode key frame")
        guard frame.pointer.pointee.decode_error_flags == 0, frame.pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT == 0 else {
            throw FFmpegError(code: ffmpeg_error_invalid_data(), operation: "decode key frame")
        }
        return frame
    }

    /// FFmpeg's name of the profile in the stream, known after a picture: `High`, `Main`.
    var profile: String? {
        avcodec_profile_name(context.pointee.codec_id, context.pointee.profile).map { String(cString: $0) }
    }
}

extension VideoCodec {
    var ffmpegID: AVCodecID {
        switch self {
        case .h264: AV_CODEC_ID_H264
        case .h265: AV_CODEC_ID_HEVC
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
