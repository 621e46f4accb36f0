import CFFmpeg
import GatewayCore

/// Decodes whatever video and encodes it as H.264, scaled down to a height: one picture in, one out.
///
/// Key pictures come each two seconds, with their parameter sets. No B-frames and no look-ahead: it adds no delay of its own
/// beyond what the decoder needs to put pictures into order.
///
/// ## Concurrency model
/// Confined to one thread. It starts none of its own.
final class VideoTranscoder {
    struct Picture {
        /// NAL units behind start codes.
        var bytes: [UInt8]
        /// As given with the picture, at 90 kHz.
        var ticks: Int64
    }

    private static let keyDistance: Int64 = 2 * 90_000
    /// More than 28 pictures a second are thinned out; those that come unevenly have a fifth of a second of credit.
    private static let shortest: Int64 = 90_000 / 28
    private static let credit: Int64 = 90_000 / 5
    private static let maximumPixels: Int64 = 8192 * 4608

    private let decoder: UnsafeMutablePointer<AVCodecContext>
    private let maxHeight: Int
    private var scaler: OpaquePointer?
    private var encoder: (encoder: VideoEncoder, width: Int, height: Int, format: AVPixelFormat)?
    private var count = 0
    private var lastKey: Int64?
    private var due: Int64?

    /// libx264 and swscale look at the processor when they are first used.
    static func prepare() {
        FFmpegLog.silence()
        _ = try? VideoEncoder(.transcode(width: 64, height: 64))
    }

    /// - Parameter parameters: what a demuxer found.
    init(parameters: UnsafePointer<AVCodecParameters>, maxHeight: Int) throws(FFmpegError) {
        FFmpegLog.silence()
        self.maxHeight = max(64, maxHeight)
        let operation = "open decoder \(String(cString: avcodec_get_name(parameters.pointee.codec_id)))"
        guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw FFmpegError(code: ffmpeg_error_decoder_not_found(), operation: operation)
        }
        decoder = try allocated(avcodec_alloc_context3(codec), operation)
        do {
            try check(avcodec_parameters_to_context(decoder, parameters), operation)
            decoder.pointee.thread_count = 1
            decoder.pointee.max_pixels = Self.maximumPixels
            try check(avcodec_open2(decoder, codec, nil), operation)
        } catch {
            var made: UnsafeMutablePointer<AVCodecContext>? = decoder
            avcodec_free_context(&made)
            throw error
        }
    }

    deinit {
        var made: UnsafeMutablePointer<AVCodecContext>? = decoder
        avcodec_free_context(&made)
        sws_freeContext(scaler)
    }

    /// - Parameter ticks: time of the picture at 90 kHz.
    /// - Returns: what is ready after it: none while the decoder waits for more.
    func transcode(_ packet: borrowing Packet, ticks: Int64) throws(FFmpegError) -> [Picture] {
        packet.pointer.pointee.pts = ticks
        packet.pointer.pointee.dts = ffmpeg_no_timestamp()
        try check(avcodec_send_packet(decoder, packet.pointer), "decode picture")
        var pictures: [Picture] = []
        while true {
            let frame = try Frame()
            let result = avcodec_receive_frame(decoder, frame.pointer)
            if result == ffmpeg_error_again() || result == ffmpeg_error_end_of_file() { return pictures }
            try check(result, "decode picture")
            let time = frame.pointer.pointee.best_effort_timestamp
            if let picture = try encode(frame, ticks: time == ffmpeg_no_timestamp() ? ticks : time) { pictures.append(picture) }
        }
    }

    /// The next picture is a key picture.
    func requestKey() { lastKey = nil }

    private func encode(_ frame: borrowing Frame, ticks: Int64) throws(FFmpegError) -> Picture? {
        guard frame.width > 0, frame.height > 0 else { throw .invalidArgument("empty picture", operation: "encode picture") }
        if let due, ticks < due, due &- ticks < 90_000 { return nil }
        due = max(due.map { $0 &- ticks < 90_000 ? $0 : ticks } ?? ticks, ticks &- Self.credit) &+ Self.shortest
        let (width, height) = size(of: frame)
        if encoder?.width != width || encoder?.height != height || encoder?.format != frame.format {
            encoder = (try VideoEncoder(.transcode(width: width, height: height)), width, height, frame.format)
            lastKey = nil
            count = 0
        }
        guard let encoder = encoder?.encoder else { return nil }
        let scaled = try scale(frame, width: width, height: height)
        // A clock that jumped back is a new one.
        let isKey = lastKey.map { ticks &- $0 >= Self.keyDistance || ticks < $0 } ?? true
        if isKey { lastKey = ticks }
        scaled.pointer.pointee.pict_type = isKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
        let encoded = try encoder.encode(scaled, number: count)
        count &+= 1
        guard let first = encoded.first else { return nil }
        return Picture(bytes: encoded.dropFirst().reduce(into: first.bytes) { $0 += $1.bytes }, ticks: ticks)
    }

    /// Even, since chroma is halved in both directions, and no higher than it may be.
    private func size(of frame: borrowing Frame) -> (Int, Int) {
        let height = min(frame.height, maxHeight)
        let width = frame.height == height ? frame.width : frame.width * height / frame.height
        return (max(16, width & ~1), max(16, height & ~1))
    }

    private func scale(_ frame: borrowing Frame, width: Int, height: Int) throws(FFmpegError) -> Frame {
        let scaled = try Frame.picture(width: width, height: height, format: AV_PIX_FMT_YUV420P)
        scaler = sws_getCachedContext(
            scaler, CInt(clamping: frame.width), CInt(clamping: frame.height), frame.format, CInt(clamping: width),
            CInt(clamping: height), AV_PIX_FMT_YUV420P, SWS_FAST_BILINEAR, nil, nil, nil)
        guard let scaler else { throw .invalidArgument("no scaler for this pixel format", operation: "scale picture") }
        try check(sws_scale_frame(scaler, scaled.pointer, frame.pointer), "scale picture")
        return scaled
    }
}

extension VideoEncoder.Settings {
    /// A live picture for browsers: fast, no delay, key pictures where they are asked for.
    static func transcode(width: Int, height: Int) -> Self {
        Self(
            codec: AV_CODEC_ID_H264, name: "libx264", width: width, height: height, framesPerSecond: 25, gop: 250,
            maximumBitsPerSecond: 3_000_000,
            options: [
                "preset": "ultrafast", "tune": "zerolatency", "crf": "24", "forced-idr": "1", "profile": "baseline",
                "x264-params": "scenecut=0:sliced-threads=0",
            ])
    }
}
