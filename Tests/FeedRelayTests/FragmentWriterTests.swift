import FFmpegMedia
import Foundation
import GatewayCore
import NIOCore
import Testing

@testable import FeedRelay

@Suite struct FragmentWriterTests {
    /// A clip as its file, and as the access units that the gateway makes of a camera which sends it.
    private struct Sent {
        let file: URL
        let parameters: VideoParameters
        let units: [AccessUnit]
    }

    /// - Parameter times: media time of each picture; jittered and with a hole unless told.
    private func withClip(_ codec: VideoCodec, _ body: (Sent) throws -> Void) throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try TestClip(name: "新华路口", number: "7", scene: 3, codec: codec).write(into: folder)
        let clip = try AnnexBClip(contentsOf: file)
        var assembler = AccessUnitAssembler(codec: codec, ssrc: 1, firstSequence: 65_000, timestampOffset: 7)
        assembler.sessionBegan(parameterSets: clip.parameterSets)
        var maker = PacketMaker()
        var units: [AccessUnit] = []
        for unit in clip.accessUnits {
            for (index, nal) in unit.nalUnits.enumerated() {
                for (packet, isLast) in maker.packets(of: nal, codec: codec) {
                    let marked = maker.marked(packet, isLast && index == unit.nalUnits.count - 1)
                    assembler.append(marked.span.bytes, arrival: .now(), completed: &units)
                }
            }
            maker.timestamp &+= 6_000
        }
        let description = FeedDescription(codec: codec, parameterSets: clip.parameterSets)
        let parameters = try #require(description.parameters)
        #expect(units.count == clip.accessUnits.count)
        try body(Sent(file: file, parameters: parameters, units: units))
    }

    private func unit(_ unit: AccessUnit, at ticks: Int64) -> AccessUnit {
        AccessUnit(
            frames: unit.frames, mediaTime: MediaTime(ticks: ticks), arrival: unit.arrival, isKey: unit.isKey,
            firstSequence: unit.firstSequence, timestamp: unit.timestamp)
    }

    @Test(arguments: VideoCodec.allCases)
    func aUnitIsOneFragmentInThreeViews(codec: VideoCodec) throws {
        try withClip(codec) { sent in
            var writer = try #require(FragmentWriter(parameters: sent.parameters, feedNumber: 9))
            #expect(MovieBox.all(in: writer.header)?.map(\.kind) == ["ftyp", "moov"])
            for unit in sent.units {
                let time = unit.mediaTime
                let made = writer.write(unit, sinceStart: time, duration: MediaTime(ticks: 6_000))
                let written = try #require(made)
                let boxes = try #require(MovieBox.all(in: written.bytes))
                #expect(boxes.map(\.kind) == ["moof", "mdat"])
                let mdat = try #require(boxes.last)
                let sample = unit.sample(codec: codec)
                #expect(written.bytes.getSlice(at: mdat.content.lowerBound, length: mdat.content.count) == sample)
                #expect(written.bytes.readableBytes - sample.readableBytes == 108)
                #expect(Chunks.joined(written.plainChunk) == written.bytes)
                var message = try #require(Chunks.joined(written.message))
                let prefix = message.readMultipleIntegers(as: (UInt32, UInt32, UInt8, UInt8, UInt16, UInt32).self)
                #expect(
                    try #require(prefix) == (
                        UInt32(written.bytes.readableBytes), 9, 1, unit.isKey ? 1 : 0, 0, UInt32(time.ticks / 90)
                    ))
                #expect(message == written.bytes)
            }
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func ffmpegReadsTimesAndDecodesEveryPictureAsItWas(codec: VideoCodec) throws {
        try withClip(codec) { sent in
            var writer = try #require(FragmentWriter(parameters: sent.parameters, feedNumber: 1))
            // Jitter shorter and longer than the duration before, then a hole longer than 2³¹ ticks.
            var times: [Int64] = []
            var time: Int64 = 123_456_789_012
            for index in sent.units.indices {
                times.append(time)
                time += index == 30 ? 1 << 33 : (index.isMultiple(of: 2) ? 5_900 : 6_100)
            }
            var movie = writer.header
            for (original, time) in zip(sent.units, times) {
                let written = writer.write(unit(original, at: time), sinceStart: .zero, duration: MediaTime(ticks: 6_000))
                movie.writeImmutableBuffer(try #require(written).bytes)
            }
            let found = try Movie.ffprobe(movie)
            #expect(found.packets.map(\.dts) == times)
            #expect(found.packets.map(\.pts) == times)
            #expect(found.packets.map(\.isKey) == sent.units.map(\.isKey))
            #expect(found.packets.allSatisfy { $0.duration == 6_000 })
            #expect(found.timeBase == "1/90000")
            #expect(found.tag == (codec == .h264 ? "avc1" : "hvc1"))
            #expect(found.errors.isEmpty, "\(found.errors)")
            let file = sent.file.deletingLastPathComponent().appending(path: "movie.mp4")
            // With the times as they came: a hole of a day would be filled with repeated pictures.
            var plain = FragmentWriter(parameters: sent.parameters, feedNumber: 1)
            var bytes = writer.header
            for (index, original) in sent.units.enumerated() {
                let written = plain?.write(
                    unit(original, at: Int64(index) * 6_000), sinceStart: .zero, duration: MediaTime(ticks: 6_000))
                bytes.writeImmutableBuffer(try #require(written).bytes)
            }
            try Data(bytes.readableBytesView).write(to: file)
            let decoded = try Movie.pictureHashes(of: file)
            #expect(decoded.count == sent.units.count)
            #expect(decoded == (try Movie.pictureHashes(of: sent.file)))
        }
    }

    @Test(arguments: VideoCodec.allCases)
    func theDecoderConfigurationIsWhatFFmpegWrites(codec: VideoCodec) throws {
        try withClip(codec) { sent in
            let file = sent.file.deletingLastPathComponent().appending(path: "reference.mp4")
            _ = try Movie.run(
                "ffmpeg",
                ["-v", "error", "-i", sent.file.path, "-c", "copy", "-tag:v", codec == .h264 ? "avc1" : "hvc1", file.path])
            let reference = ByteBuffer(bytes: try Data(contentsOf: file))
            let entry: MovieBox.Kind = codec == .h264 ? "avc1" : "hvc1"
            let kind: MovieBox.Kind = codec == .h264 ? "avcC" : "hvcC"
            let box = try #require(
                MovieBox.first("moov", "trak", "mdia", "minf", "stbl", "stsd", entry, kind, in: reference))
            let theirs = try #require(reference.getBytes(at: box.content.lowerBound, length: box.content.count))
            let ours = try #require(
                DecoderConfiguration(codec: codec, parameterSets: sent.parameters.parameterSets)
            ).bytes
            if codec == .h264 {
                #expect(ours == theirs)
            } else {
                // Profile, tier, level; chroma and depths; layers and lengths. FFmpeg gives an SEI an array of its own, too.
                #expect(ours[..<13] == theirs[..<13])
                #expect(ours[16..<19] == theirs[16..<19])
                #expect(ours[21] & 0x3F == theirs[21] & 0x3F)
            }
        }
    }

    @Test func mimeTypeNamesProfileAndLevel() throws {
        try withClip(.h264) { sent in
            let sps = try #require(sent.parameters.parameterSets.first { $0[0] & 0x1F == 7 })
            let digits = sps[1...3].map { String(format: "%02X", $0) }.joined()
            #expect(FragmentWriter(parameters: sent.parameters, feedNumber: 1)?.mimeType == "video/mp4; codecs=\"avc1.\(digits)\"")
        }
        try withClip(.h265) { sent in
            // Main profile, compatible with Main and Main 10, main tier, progressive frames only.
            let type = try #require(FragmentWriter(parameters: sent.parameters, feedNumber: 1)?.mimeType)
            #expect(type.wholeMatch(of: /video\/mp4; codecs="hvc1\.1\.6\.L\d+\.9[0-9]"/) != nil, "\(type)")
        }
    }

    @Test func badInputIsRefused() throws {
        try withClip(.h264) { sent in
            let good = sent.parameters.parameterSets
            for sets in [[], [[]], [[0x67]], [good[0]], [[0xFF, 0xFF, 0xFF]], [good[0] + [], [0x68]].dropLast()] as [[[UInt8]]] {
                for codec in VideoCodec.allCases {
                    let bad = VideoParameters(codec: codec, parameterSets: sets, width: 640, height: 360)
                    #expect(FragmentWriter(parameters: bad, feedNumber: 1) == nil)
                }
            }
            let flat = VideoParameters(codec: .h264, parameterSets: good, width: 0, height: 9)
            #expect(FragmentWriter(parameters: flat, feedNumber: 1) == nil)
            var writer = try #require(FragmentWriter(parameters: sent.parameters, feedNumber: 1))
            let empty = AccessUnit(
                frames: ByteBuffer(), mediaTime: .zero, arrival: .now(), isKey: true, firstSequence: 1, timestamp: 1)
            #expect(writer.write(empty, sinceStart: .zero, duration: .zero) == nil)
            // Extremes of time neither trap nor change each other.
            for time in [Int64.max, 0, 7, Int64.max - 1, -5] as [Int64] {
                let written = writer.write(
                    unit(sent.units[1], at: time), sinceStart: MediaTime(ticks: time), duration: MediaTime(ticks: time))
                let fragment = try #require(written).bytes
                let tfdt = try #require(MovieBox.first("moof", "traf", "tfdt", in: fragment))
                #expect(fragment.getInteger(at: tfdt.content.lowerBound + 4, as: Int64.self) == max(0, time))
            }
        }
    }
}

/// HTTP/1.1 chunked coding, taken off.
enum Chunks {
    static func joined(_ buffer: ByteBuffer) -> ByteBuffer? {
        var buffer = buffer
        var content = ByteBuffer()
        while buffer.readableBytes > 0 {
            guard let view = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\r")),
                let digits = buffer.readString(length: view - buffer.readerIndex), let length = Int(digits, radix: 16), length > 0,
                buffer.readString(length: 2) == "\r\n", let bytes = buffer.readSlice(length: length),
                buffer.readString(length: 2) == "\r\n"
            else { return nil }
            content.writeImmutableBuffer(bytes)
        }
        return content
    }
}
