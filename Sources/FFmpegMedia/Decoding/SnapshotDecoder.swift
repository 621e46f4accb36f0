import CFFmpeg
import GatewayCore
import NIOCore

/// A still from a feed's key frame. Blocking: call it on ``MediaThreads``.
package struct SnapshotDecoder {
    /// - Parameters:
    ///   - sample: one key frame, NAL units each behind its length in 4 bytes.
    ///   - maxWidth: a wider picture is scaled down, keeping its shape.
    ///   - quality: 1 (smallest) to 100 (best).
    /// - Returns: a JPEG file.
    /// - Throws: if FFmpeg finds no sound picture in the sample.
    package static func jpeg(
        parameters: VideoParameters, sample: ByteBuffer, maxWidth: Int, quality: Int = 80
    ) throws(FFmpegError) -> [UInt8] {
        let decoder = try PictureDecoder(DecoderConfiguration(parameters))
        let packet = try Packet()
        let filled = sample.withUnsafeReadableBytes { bytes -> FFmpegError? in
            do throws(FFmpegError) { try packet.fill(bytes) } catch { return error }
            return nil
        }
        if let filled { throw filled }
        packet.pointer.pointee.flags = AV_PKT_FLAG_KEY
        let frame = try decoder.picture(of: packet)
        return try JPEGEncoder.jpeg(of: frame, maxWidth: maxWidth, quality: quality)
    }
}
