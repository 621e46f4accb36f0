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
        let decoder = try PictureDecoder(parameters)
        let packet = try Packet()
        let stream = try byteStream(sample)
        let filled = stream.withUnsafeReadableBytes { bytes -> FFmpegError? in
            do throws(FFmpegError) { try packet.fill(bytes) } catch { return error }
            return nil
        }
        if let filled { throw filled }
        packet.pointer.pointee.flags = AV_PKT_FLAG_KEY
        let frame = try decoder.picture(of: packet)
        return try JPEGEncoder.jpeg(of: frame, maxWidth: maxWidth, quality: quality)
    }

    /// Each length of 4 bytes becomes a start code of as many: the decoder then needs no sample description.
    private static func byteStream(_ sample: ByteBuffer) throws(FFmpegError) -> ByteBuffer {
        var stream = sample
        var index = stream.readerIndex
        while index < stream.writerIndex {
            guard let length = stream.getInteger(at: index, as: UInt32.self), length > 0,
                Int(length) <= stream.writerIndex - index - 4
            else { throw .invalidArgument("a NAL unit's length leads out of the picture", operation: "decode key frame") }
            stream.setInteger(UInt32(1), at: index)
            index += 4 + Int(length)
        }
        return stream
    }
}
