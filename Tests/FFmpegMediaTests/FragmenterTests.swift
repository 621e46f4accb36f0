import Foundation
import GatewayCore
import NIOCore
import Testing

@testable import FFmpegMedia

@Suite struct FragmenterTests {
    @Test(arguments: [VideoCodec.h264, .h265])
    func eachSampleBecomesOneFragmentAtOnce(codec: VideoCodec) throws {
        let clip = try Media.clip(codec, frames: 45)
        let fragmenter = try Fragmenter(parameters: clip.parameters)
        #expect(MovieBox.all(in: fragmenter.initSegment)?.map(\.kind) == ["ftyp", "moov"])
        for (index, sample) in clip.samples.enumerated() {
            let fragment = try fragmenter.fragment(
                sample: sample.bytes, isKey: sample.isKey, decodeTime: MediaTime(ticks: Int64(index) * 6000),
                duration: MediaTime(ticks: 6000))
            let boxes = try #require(MovieBox.all(in: fragment))
            #expect(boxes.map(\.kind) == ["moof", "mdat"])
            let mdat = try #require(boxes.last)
            #expect(fragment.getSlice(at: mdat.content.lowerBound, length: mdat.content.count) == sample.bytes)
            #expect(fragment.readableBytes - sample.bytes.readableBytes == (sample.isKey ? 112 : 108))
        }
    }

    @Test(arguments: [VideoCodec.h264, .h265])
    func fragmentsDecodeWithTheirTimes(codec: VideoCodec) throws {
        let clip = try Media.clip(codec, frames: 45)
        let fragmenter = try Fragmenter(parameters: clip.parameters)
        // Jitter shorter and longer than the duration before, then a hole longer than the muxer's 2³¹ ticks.
        var times: [Int64] = []
        var time: Int64 = 123_456_789_012
        for index in clip.samples.indices {
            times.append(time)
            time += index == 30 ? 1 << 33 : (index.isMultiple(of: 2) ? 5_900 : 6_100)
        }
        var movie = fragmenter.initSegment
        for (sample, time) in zip(clip.samples, times) {
            var fragment = try fragmenter.fragment(
                sample: sample.bytes, isKey: sample.isKey, decodeTime: MediaTime(ticks: time), duration: MediaTime(ticks: 6_000))
            movie.writeBuffer(&fragment)
        }
        let found = try Media.ffprobe(movie)
        #expect(found.packets.map(\.dts) == times)
        #expect(found.packets.map(\.pts) == times)
        #expect(found.packets.map(\.isKey) == clip.samples.map(\.isKey))
        #expect(found.packets.allSatisfy { $0.duration == 6_000 })
        #expect(found.decodedFrames == clip.samples.count)
        #expect(found.timeBase == "1/90000")
        #expect(found.tag == (codec == .h264 ? "avc1" : "hvc1"))
        #expect(found.errors.isEmpty)
    }

    @Test func mimeTypeNamesProfileAndLevel() throws {
        let h264 = try Media.clip(.h264, frames: 1).parameters
        let sps = try #require(h264.parameterSets.first { $0[0] & 0x1F == 7 })
        let digits = sps[1...3].map { String(format: "%02X", $0) }.joined()
        #expect(try Fragmenter(parameters: h264).mimeType == "video/mp4; codecs=\"avc1.\(digits)\"")
        // Main profile, compatible with Main and Main 10, main tier, progressive frames only.
        let h265 = try Fragmenter(parameters: Media.clip(.h265, frames: 1).parameters).mimeType
        #expect(h265.wholeMatch(of: /video\/mp4; codecs="hvc1\.1\.6\.L\d+\.9[0-9]"/) != nil, "\(h265)")
    }

    @Test func badInputIsRefused() throws {
        let clip = try Media.clip(.h264, frames: 2)
        let good = clip.parameters
        for sets in [[], [[]], [[0x67]], [good.parameterSets[0]], [[0xFF, 0xFF, 0xFF]]] as [[[UInt8]]] {
            let bad = VideoParameters(codec: .h264, parameterSets: sets, width: 640, height: 360)
            #expect(throws: FFmpegError.self) { try Fragmenter(parameters: bad) }
            let badToo = VideoParameters(codec: .h265, parameterSets: sets, width: 640, height: 360)
            #expect(throws: FFmpegError.self) { try Fragmenter(parameters: badToo) }
        }
        #expect(throws: FFmpegError.self) {
            try Fragmenter(parameters: VideoParameters(codec: .h264, parameterSets: good.parameterSets, width: 0, height: 9))
        }
        let fragmenter = try Fragmenter(parameters: good)
        #expect(throws: FFmpegError.self) {
            try fragmenter.fragment(sample: ByteBuffer(), isKey: true, decodeTime: .zero, duration: .zero)
        }
        #expect(throws: FFmpegError.self) {
            try fragmenter.fragment(sample: clip.samples[0].bytes, isKey: true, decodeTime: MediaTime(ticks: -1), duration: .zero)
        }
        // Refused input leaves the fragmenter usable; any bytes are muxed as they are, extremes of time included.
        for time in [Int64.max, 0, 7, Int64.max - 1] as [Int64] {
            let fragment = try fragmenter.fragment(
                sample: ByteBuffer(bytes: [1, 2, 3]), isKey: false, decodeTime: MediaTime(ticks: time),
                duration: MediaTime(ticks: .max))
            let tfdt = try #require(MovieBox.first("moof", "traf", "tfdt", in: fragment))
            #expect(fragment.getInteger(at: tfdt.content.lowerBound + 4, as: Int64.self) == time)
        }
    }
}
