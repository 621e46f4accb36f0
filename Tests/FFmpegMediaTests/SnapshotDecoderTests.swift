import CFFmpeg
import GatewayCore
import NIOCore
import Testing

@testable import FFmpegMedia

@Suite struct SnapshotDecoderTests {
    @Test(arguments: [VideoCodec.h264, .h265])
    func keyFrameBecomesAJPEGOfTheSizeAsked(codec: VideoCodec) throws {
        let clip = try Media.clip(codec, frames: 1, width: 640, height: 360)
        for (asked, width, height) in [(320, 320, 180), (2000, 640, 360), (1, 16, 8)] {
            let jpeg = try SnapshotDecoder.jpeg(parameters: clip.parameters, sample: clip.samples[0].bytes, maxWidth: asked)
            #expect(jpeg.starts(with: [0xFF, 0xD8, 0xFF]))
            #expect(jpeg.suffix(2) == [0xFF, 0xD9])
            let size = try #require(Self.size(of: jpeg))
            #expect(size == (width, height))
        }
    }

    @Test func betterQualityIsLarger() throws {
        let clip = try Media.clip(.h264, frames: 1, width: 640, height: 360)
        func bytes(_ quality: Int) throws -> Int {
            try SnapshotDecoder.jpeg(parameters: clip.parameters, sample: clip.samples[0].bytes, maxWidth: 640, quality: quality)
                .count
        }
        #expect(try bytes(95) > bytes(20))
        #expect(try bytes(.min) > 0 && bytes(.max) > 0)
    }

    @Test func brokenSamplesAreErrors() throws {
        let clip = try Media.clip(.h264, frames: 3, width: 640, height: 360)
        let key = clip.samples[0].bytes
        var random = SeededGenerator(seed: 7)
        let noise = ByteBuffer(bytes: (0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) })
        for sample in [ByteBuffer(), noise, clip.samples[1].bytes, key.getSlice(at: 0, length: 3) ?? ByteBuffer()] {
            #expect(throws: FFmpegError.self) {
                try SnapshotDecoder.jpeg(parameters: clip.parameters, sample: sample, maxWidth: 320)
            }
        }
    }

    /// Height and width in the baseline frame header (ITU-T T.81, B.2.2).
    private static func size(of jpeg: [UInt8]) -> (Int, Int)? {
        var index = 2
        while index + 9 < jpeg.count, jpeg[index] == 0xFF {
            if jpeg[index + 1] == 0xC0 {
                return (Int(jpeg[index + 7]) << 8 | Int(jpeg[index + 8]), Int(jpeg[index + 5]) << 8 | Int(jpeg[index + 6]))
            }
            index += 2 + (Int(jpeg[index + 2]) << 8 | Int(jpeg[index + 3]))
        }
        return nil
    }
}
