import CFFmpeg
import GatewayCore

/// Owner of an encoder context: H.264, H.265 or JPEG.
///
/// ## Concurrency model
/// Confined to one thread; encoding blocks for as long as it takes.
final class VideoEncoder {
    struct Settings {
        var codec: AVCodecID
        /// libavcodec's name of the encoder, where there is more than one.
        var name: String
        var width: Int
        var height: Int
        var format = AV_PIX_FMT_YUV420P
        var framesPerSecond = 25
        /// Frames from key frame to key frame.
        var gop = 50
        /// Peak over one second; the codec's quality option decides below it.
        var maximumBitsPerSecond: Int?
        /// Mean quantizer of a codec with fixed quality, 1 (best) to 31.
        var quantizer: Int?
        var options: KeyValuePairs<String, String> = [:]
    }

    struct Encoded {
        var bytes: [UInt8]
        var isKey: Bool
    }

    private let context: UnsafeMutablePointer<AVCodecContext>
    private let packet: Packet

    init(_ settings: Settings) throws(FFmpegError) {
        FFmpegLog.silence()
        let operation = "open encoder \(settings.name)"
        packet = try Packet()
        guard let codec = avcodec_find_encoder_by_name(settings.name), codec.pointee.id == settings.codec else {
            throw FFmpegError(code: ffmpeg_error_encoder_not_found(), operation: operation)
        }
        context = try allocated(avcodec_alloc_context3(codec), operation)
        do {
            context.pointee.width = CInt(clamping: settings.width)
            context.pointee.height = CInt(clamping: settings.height)
            context.pointee.pix_fmt = settings.format
            context.pointee.time_base = AVRational(num: 1, den: CInt(clamping: settings.framesPerSecond))
            context.pointee.framerate = AVRational(num: CInt(clamping: settings.framesPerSecond), den: 1)
            context.pointee.gop_size = CInt(clamping: settings.gop)
            context.pointee.max_b_frames = 0
            context.pointee.thread_count = 1
            if let rate = settings.maximumBitsPerSecond {
                context.pointee.rc_max_rate = Int64(rate)
                context.pointee.rc_buffer_size = CInt(clamping: rate)
            }
            if let quantizer = settings.quantizer {
                context.pointee.flags |= AV_CODEC_FLAG_QSCALE
                context.pointee.global_quality = CInt(clamping: quantizer) * FF_QP2LAMBDA
            }
            var options = try Options(settings.options)
            try check(avcodec_open2(context, codec, &options.pointer), operation)
            try options.checkAllTaken(operation)
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

    /// What the encoder has ready after this frame, in decoding order.
    func encode(_ frame: borrowing Frame, number: Int) throws(FFmpegError) -> [Encoded] {
        frame.pointer.pointee.pts = Int64(number)
        if let quality = qualityOfFrames { frame.pointer.pointee.quality = quality }
        try check(avcodec_send_frame(context, frame.pointer), "encode picture")
        return try drain()
    }

    /// The rest; nothing can be encoded afterwards.
    func finish() throws(FFmpegError) -> [Encoded] {
        try check(avcodec_send_frame(context, nil), "finish encoding")
        return try drain()
    }

    private var qualityOfFrames: CInt? {
        context.pointee.flags & AV_CODEC_FLAG_QSCALE == 0 ? nil : context.pointee.global_quality
    }

    private func drain() throws(FFmpegError) -> [Encoded] {
        var encoded: [Encoded] = []
        while true {
            let result = avcodec_receive_packet(context, packet.pointer)
            if result == ffmpeg_error_again() || result == ffmpeg_error_end_of_file() { return encoded }
            try check(result, "encode picture")
            let size = Int(packet.pointer.pointee.size)
            if size > 0, let data = packet.pointer.pointee.data {
                encoded.append(
                    Encoded(
                        bytes: Array(UnsafeBufferPointer(start: data, count: size)),
                        isKey: packet.pointer.pointee.flags & AV_PKT_FLAG_KEY != 0))
            }
            av_packet_unref(packet.pointer)
        }
    }
}

extension VideoEncoder.Settings {
    /// A camera's encoder: no B-frames, no delay, key frames at a fixed distance, one slice, parameter sets with each key frame.
    static func camera(
        _ codec: VideoCodec, width: Int, height: Int, framesPerSecond: Int, gop: Int, maximumBitsPerSecond: Int
    ) -> Self {
        let options: KeyValuePairs<String, String> =
            switch codec {
            case .h264:
                [
                    "preset": "ultrafast", "tune": "zerolatency", "crf": "22",
                    "x264-params": "scenecut=0:min-keyint=\(gop):sliced-threads=0",
                ]
            case .h265:
                // log-level: libx265 writes to standard error by itself. The pools would start threads of their own.
                [
                    "preset": "ultrafast", "tune": "zerolatency", "crf": "26",
                    "x265-params":
                        "log-level=none:pools=none:frame-threads=1:wpp=0:scenecut=0:open-gop=0:keyint=\(gop):min-keyint=\(gop):info=0",
                ]
            }
        return Self(
            codec: codec.ffmpegID, name: codec == .h264 ? "libx264" : "libx265", width: width, height: height,
            framesPerSecond: framesPerSecond, gop: gop, maximumBitsPerSecond: maximumBitsPerSecond, options: options)
    }
}
