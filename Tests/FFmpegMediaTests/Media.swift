import CFFmpeg
import Foundation
import GatewayCore
import NIOCore

@testable import FFmpegMedia

/// Media that the tests encode for themselves, and ffprobe's view of what was made of it.
enum Media {
    struct Sample {
        /// NAL units behind 4-byte lengths.
        var bytes: ByteBuffer
        var isKey: Bool
    }

    struct Clip {
        var clip: AnnexBClip
        var parameters: VideoParameters
        var samples: [Sample]
    }

    /// What a frame shows: luma of the pixel at x, y in frame n.
    typealias Picture = @Sendable (_ frame: Int, _ x: Int, _ y: Int) -> UInt8

    static let moving: Picture = { frame, x, y in UInt8(truncatingIfNeeded: 32 + (x + frame * 8) / 4 % 128 + y / 8) }
    static let black: Picture = { _, _, _ in 16 }

    static func clip(
        _ codec: VideoCodec, frames: Int, width: Int = 320, height: Int = 180, gop: Int = 15, picture: Picture = moving
    ) throws -> Clip {
        let encoder = try VideoEncoder(
            .camera(codec, width: width, height: height, framesPerSecond: 15, gop: gop, maximumBitsPerSecond: 1_000_000))
        let frame = try Frame.picture(width: width, height: height, format: AV_PIX_FMT_YUV420P)
        var stream: [UInt8] = []
        for number in 0..<frames {
            try frame.makeWritable()
            for plane in 0..<3 {
                _ = frame.withPlane(plane) { bytes, stride in
                    guard plane == 0 else { return bytes.update(repeating: 128) }
                    for y in 0..<height { for x in 0..<width { bytes[y * stride + x] = picture(number, x, y) } }
                }
            }
            for encoded in try encoder.encode(frame, number: number) { stream += encoded.bytes }
        }
        for encoded in try encoder.finish() { stream += encoded.bytes }
        let clip = try AnnexBClip(stream: stream, codec: codec, framesPerSecond: 15)
        let parameters = VideoParameters(codec: codec, parameterSets: clip.parameterSets, width: width, height: height)
        return Clip(clip: clip, parameters: parameters, samples: clip.accessUnits.map { Sample(bytes: avcc($0), isKey: $0.isKey) })
    }

    static func avcc(_ unit: AnnexBClip.AccessUnit) -> ByteBuffer {
        var buffer = ByteBuffer()
        for nal in unit.nalUnits {
            buffer.writeInteger(UInt32(nal.count))
            buffer.writeBytes(nal)
        }
        return buffer
    }

    static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ffmpeg-media-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
