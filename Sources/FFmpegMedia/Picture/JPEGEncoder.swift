import CFFmpeg

/// One picture as a JPEG file in memory.
enum JPEGEncoder {
    /// - Parameters:
    ///   - maxWidth: a wider picture is scaled down, keeping its shape; at least 16.
    ///   - quality: 1 (smallest) to 100 (best).
    static func jpeg(of frame: borrowing Frame, maxWidth: Int, quality: Int) throws(FFmpegError) -> [UInt8] {
        let (width, height) = (frame.width, frame.height)
        guard width > 0, height > 0 else { throw .invalidArgument("empty picture", operation: "encode JPEG") }
        let target = min(width, max(16, maxWidth))
        // Even, since chroma is halved in both directions.
        let scaledWidth = max(2, target & ~1)
        let scaledHeight = max(2, Int((Double(height) * Double(scaledWidth) / Double(width)).rounded()) & ~1)
        let scaled = try scale(frame, width: scaledWidth, height: scaledHeight, format: AV_PIX_FMT_YUVJ420P)
        let quantizer = 31 - min(max(quality, 1), 100) * 29 / 100
        let encoder = try VideoEncoder(
            VideoEncoder.Settings(
                codec: AV_CODEC_ID_MJPEG, name: "mjpeg", width: scaledWidth, height: scaledHeight, format: AV_PIX_FMT_YUVJ420P,
                quantizer: quantizer))
        let encoded = try encoder.encode(scaled, number: 0) + encoder.finish()
        guard let picture = encoded.first else {
            throw FFmpegError(code: ffmpeg_error_invalid_data(), operation: "encode JPEG")
        }
        return picture.bytes
    }

    private static func scale(_ frame: borrowing Frame, width: Int, height: Int, format: AVPixelFormat) throws(FFmpegError) -> Frame
    {
        let scaled = try Frame.picture(width: width, height: height, format: format)
        guard
            let scaler = sws_getContext(
                CInt(clamping: frame.width), CInt(clamping: frame.height), frame.format, CInt(clamping: width),
                CInt(clamping: height), format, SWS_AREA, nil, nil, nil)
        else { throw .invalidArgument("no scaler for this pixel format", operation: "scale picture") }
        defer { sws_freeContext(scaler) }
        try check(sws_scale_frame(scaler, scaled.pointer, frame.pointer), "scale picture")
        return scaled
    }
}
