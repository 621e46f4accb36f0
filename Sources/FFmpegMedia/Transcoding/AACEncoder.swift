import CFFmpeg

/// Encodes sound as AAC-LC.
///
/// A unit comes out two frames after its samples began to go in: the transform overlaps with the frame that follows.
///
/// ## Concurrency model
/// Confined to one thread. It starts none of its own.
final class AACEncoder {
    static let frameLength = 1_024

    struct Unit {
        /// A raw data block.
        var bytes: [UInt8]
        /// Of its first sample, as given with the frames. The first unit stands one frame before the first sample: a decoder
        /// warms up on it.
        var time: Int64
    }

    private let context: UnsafeMutablePointer<AVCodecContext>
    private let packet: Packet
    private let channels: Int

    /// - Parameters:
    ///   - sampleRate: one of those of ISO/IEC 14496-3, table 1.18.
    ///   - channels: 1 or 2.
    init(sampleRate: Int, channels: Int) throws(FFmpegError) {
        FFmpegLog.silence()
        let operation = "open encoder aac"
        packet = try Packet()
        self.channels = channels
        guard 1...2 ~= channels else { throw .invalidArgument("\(channels) channels", operation: operation) }
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_AAC) else {
            throw FFmpegError(code: ffmpeg_error_encoder_not_found(), operation: operation)
        }
        context = try allocated(avcodec_alloc_context3(codec), operation)
        // From here on a failure runs `deinit`.
        context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
        context.pointee.sample_rate = CInt(clamping: sampleRate)
        context.pointee.time_base = AVRational(num: 1, den: CInt(clamping: sampleRate))
        // Three bits a sample, as much as G.711's eight are worth.
        context.pointee.bit_rate = Int64(clamping: min(sampleRate, 32_000) &* 3 * channels)
        context.pointee.thread_count = 1
        av_channel_layout_default(&context.pointee.ch_layout, CInt(clamping: channels))
        var options = try Options(["aac_coder": "fast"])
        try check(avcodec_open2(context, codec, &options.pointer), operation)
        try options.checkAllTaken(operation)
        guard Int(context.pointee.frame_size) == Self.frameLength else {
            throw FFmpegError.invalidArgument("frames of \(context.pointee.frame_size)", operation: operation)
        }
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// What a decoder must know first: the AudioSpecificConfig.
    var configuration: [UInt8] {
        guard let bytes = context.pointee.extradata else { return [] }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(context.pointee.extradata_size)))
    }

    /// - Parameters:
    ///   - samples: ``frameLength`` for each channel, interleaved, −1…1.
    ///   - time: of the first, in samples.
    func encode(_ samples: [Float], time: Int64) throws(FFmpegError) -> [Unit] {
        let operation = "encode sound"
        guard samples.count == Self.frameLength * channels else {
            throw .invalidArgument("\(samples.count) samples in a frame", operation: operation)
        }
        let frame = try Frame()
        frame.pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        frame.pointer.pointee.nb_samples = CInt(Self.frameLength)
        frame.pointer.pointee.sample_rate = context.pointee.sample_rate
        frame.pointer.pointee.pts = time
        try check(av_channel_layout_copy(&frame.pointer.pointee.ch_layout, &context.pointee.ch_layout), operation)
        try check(av_frame_get_buffer(frame.pointer, 0), operation)
        for channel in 0..<channels {
            guard let plane = frame.pointer.pointee.extended_data[channel] else { throw .noMemory(operation: operation) }
            plane.withMemoryRebound(to: Float.self, capacity: Self.frameLength) { plane in
                for index in 0..<Self.frameLength { plane[index] = samples[index * channels + channel] }
            }
        }
        try check(avcodec_send_frame(context, frame.pointer), operation)
        return try drain(operation)
    }

    private func drain(_ operation: String) throws(FFmpegError) -> [Unit] {
        var units: [Unit] = []
        while true {
            let result = avcodec_receive_packet(context, packet.pointer)
            if result == ffmpeg_error_again() || result == ffmpeg_error_end_of_file() { return units }
            try check(result, operation)
            let size = Int(packet.pointer.pointee.size)
            if size > 0, let data = packet.pointer.pointee.data {
                units.append(
                    Unit(bytes: Array(UnsafeBufferPointer(start: data, count: size)), time: packet.pointer.pointee.pts))
            }
            av_packet_unref(packet.pointer)
        }
    }
}
