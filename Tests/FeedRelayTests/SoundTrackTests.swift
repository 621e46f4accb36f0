import FFmpegMedia
import Foundation
import GatewayCore
import NIOCore
import RTSP
import Testing

@testable import FeedRelay

@Suite struct SoundTrackTests {
    /// AAC-LC, 16 kHz, mono: 1,024 ticks a unit.
    private static func sound(_ configuration: [UInt8] = [0x14, 0x08]) throws -> FeedDescription.Sound {
        let configuration = try #require(AudioSpecificConfig(configuration))
        let packing = AACPacking.elementary(.init(size: 13, index: 3, indexDelta: 3))
        let track = AudioTrack(
            codec: .aac(configuration, packing), payloadType: 97, clockRate: configuration.sampleRate,
            channels: configuration.channels,
            control: "a")
        return FeedDescription.Sound(track: track, era: 1)
    }

    private var track: SoundTrack

    init() throws { track = try #require(SoundTrack(try Self.sound(), start: .zero)) }

    /// A packet of units that hold their number.
    private func batch(_ sequence: UInt16, at line: Int64, _ units: [UInt8], era: Int = 1) -> AudioBatch {
        var payload = ByteBuffer()
        payload.writeInteger(UInt16(units.count * 16))
        for _ in units { payload.writeInteger(UInt16(3 << 3)) }
        for unit in units { payload.writeBytes([unit, unit, unit]) }
        var frames = ByteBuffer()
        frames.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(2), UInt16(12 + payload.readableBytes))
        frames.writeMultipleIntegers(UInt8(0x80), UInt8(0x80 | 97), sequence, UInt32(truncatingIfNeeded: line &+ 99), UInt32(5))
        frames.writeBuffer(&payload)
        return AudioBatch(frames: frames, era: era, line: line)
    }

    private static func time(_ line: Int64) -> MediaTime { MediaTime(ticks: line * 90 / 16) }

    /// Time and first byte of each sample.
    private func list(_ samples: SoundTrack.Samples) -> [[Int64]] {
        samples.list.map { [$0.time, Int64(samples.bytes[$0.range.lowerBound])] }
    }

    @Test mutating func `units of a packet lie one behind the other, each as long as it is`() {
        track.append(batch(1, at: 0, [7, 8]))
        track.append(batch(2, at: 2_048, [9]))
        let samples = track.take(with: Self.time(3_072))
        #expect(list(samples) == [[0, 7], [1_024, 8], [2_048, 9]])
        #expect((0..<3).allSatisfy { samples.duration(of: $0) == 1_024 } && samples.bytes.count == 9)
        #expect(track.take(with: Self.time(3_100)).isEmpty)
    }

    @Test mutating func `what is lost is silent, what comes twice or late is dropped, and another track's is none of it`() {
        track.append(batch(1, at: 0, [7]))
        track.append(batch(2, at: 1_024, [9], era: 2))
        track.append(batch(4, at: 3_100, [8]))
        track.append(batch(4, at: 3_100, [8]))
        track.append(batch(3, at: 1_024, [6]))
        let samples = track.take(with: Self.time(4_000))
        #expect(list(samples) == [[0, 7], [1_024, 0], [2_048, 0], [3_100, 8]])
        #expect(samples.duration(of: 2) == 1_052 && track.droppedUnits == 2)
    }

    @Test mutating func `a picture never waits for sound that does not come, and sound that comes back is heard`() {
        #expect(track.take(with: Self.time(7_000)).isEmpty)
        var end: Int64 = 0
        for picture in stride(from: Int64(8_640), to: 64_000, by: 640) {
            let samples = track.take(with: Self.time(picture))
            #expect(samples.list.allSatisfy { $0.time >= end })
            end = samples.list.last.map { $0.time + 1_024 } ?? end
            #expect(picture - end < 16_000 / 4 + 1_024)
        }
        // Behind the silence at first, as it always was by half a second.
        var heard: [Int64] = []
        for index in 0..<16 {
            let time = 56_320 + Int64(index) * 1_024
            track.append(batch(UInt16(index), at: time, [9]))
            heard += list(track.take(with: Self.time(time + 6_000))).filter { $0[1] == 9 }.map { $0[0] }
        }
        #expect(heard.count > 8 && zip(heard, heard.dropFirst()).allSatisfy { $1 - $0 == 1_024 }, "\(heard)")
    }

    @Test mutating func `a long hole of the camera is no sound to be made`() {
        track.append(batch(1, at: 0, [7]))
        _ = track.take(with: Self.time(1_024))
        #expect(track.take(with: Self.time(16_000 * 60)).list.count < 10)
        track.append(batch(2, at: 16_000 * 60, [8]))
        #expect(list(track.take(with: Self.time(16_000 * 60 + 1_024))).last?[1] == 8)
    }

    @Test mutating func `a flood without a picture is bounded`() {
        for index in 0..<1_000 { track.append(batch(UInt16(index), at: Int64(index) * 1_024, [1])) }
        #expect(track.take(with: Self.time(1_024_000)).list.count == SoundTrack.mostSamples)
    }

    /// G.711 that is made into AAC: 8 kHz, 1,024 ticks a unit.
    private static let encoded = FeedDescription.Sound(
        track: AudioTrack(codec: .pcma, payloadType: 8, clockRate: 8_000, channels: 1, control: nil), era: 1, isEncoded: true)

    @Test func `an encoder's delay is no silence, and its sound keeps its place`() throws {
        var track = try #require(SoundTrack(Self.encoded, start: .zero))
        #expect(track.format.codecs == "mp4a.40.2" && track.format.configuration.bytes == [0x15, 0x88])
        let unit: [UInt8] = [7, 7, 7]
        var heard: [[Int64]] = []
        // Pictures of 40 ms; a unit comes when 2,048 samples, and a quarter of a second more, have passed since it began.
        var next: Int64 = 12_345
        for time in stride(from: Int64(320), to: 80_000, by: 320) {
            while next + 2_048 + 2_000 <= time {
                track.append(encoded: unit.span.bytes, at: next, era: 1)
                next += 1_024
            }
            heard += list(track.take(with: MediaTime(ticks: time * 90 / 8)))
        }
        let sound = heard.filter { $0[1] == 7 }.map { $0[0] }
        #expect(sound.count > 55 && sound.allSatisfy { ($0 - 12_345) % 1_024 == 0 }, "\(heard)")
        #expect(zip(sound, sound.dropFirst()).allSatisfy { $1 - $0 == 1_024 })
        #expect(zip(heard, heard.dropFirst()).allSatisfy { $1[0] - $0[0] >= 1_024 })
    }

    @Test func `where the encoder gives nothing, silence stands, and another era's sound is none of it`() throws {
        var track = try #require(SoundTrack(Self.encoded, start: .zero))
        let unit: [UInt8] = [7, 7, 7]
        track.append(encoded: unit.span.bytes, at: 0, era: 2)
        var end: Int64 = 0
        for time in stride(from: Int64(8_000), to: 40_000, by: 320) {
            end = list(track.take(with: MediaTime(ticks: time * 90 / 8))).last.map { $0[0] + 1_024 } ?? end
            #expect(time - end < 8_000 * 3 / 4 + 1_024)
        }
        #expect(end > 30_000)
    }

    @Test func `a packet's sound goes to the encoder with the time at which it begins`() {
        var frames = ByteBuffer()
        for (timestamp, bytes) in [(UInt32.max - 79, [UInt8](repeating: 1, count: 160)), (80, [2, 3])] {
            frames.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(2), UInt16(12 + bytes.count))
            frames.writeMultipleIntegers(UInt8(0x80), UInt8(8), UInt16(1), timestamp, UInt32(5))
            frames.writeBytes(bytes)
        }
        // A frame that ends too early.
        frames.writeBytes([UInt8(ascii: "$"), 2, 1, 0, 0x80])
        var pieces = SoundEncoding.pieces(of: AudioBatch(frames: frames, era: 1, line: 1_000))
        #expect(pieces.readInteger(as: UInt32.self) == 0x2400_00A8 && pieces.readInteger(as: Int64.self) == 1_000)
        #expect(pieces.readBytes(length: 160) == [UInt8](repeating: 1, count: 160))
        #expect(pieces.readInteger(as: UInt32.self) == 0x2400_000A && pieces.readInteger(as: Int64.self) == 1_160)
        #expect(pieces.readBytes(length: 2) == [2, 3] && pieces.readableBytes == 0)
    }

    @Test func `G 711 that nobody encodes is no track of a movie`() {
        let track = AudioTrack(codec: .pcma, payloadType: 8, clockRate: 8_000, channels: 1, control: nil)
        #expect(SoundTrack(FeedDescription.Sound(track: track, era: 1), start: .zero) == nil)
    }

    /// Configurations of 16 kHz: mono, stereo, 5.1.
    @Test(arguments: [[0x14, 0x08], [0x14, 0x10], [0x14, 0x30]] as [[UInt8]])
    func `FFmpeg reads both tracks, and hears silence where there is silence`(configuration: [UInt8]) throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = try AnnexBClip(contentsOf: TestClip(name: "路口", number: "7", scene: 3, codec: .h264).write(into: folder))
        var assembler = AccessUnitAssembler(codec: .h264, ssrc: 1, firstSequence: 1, timestampOffset: 7)
        assembler.sessionBegan(parameterSets: clip.parameterSets)
        let parameters = try #require(FeedDescription(codec: .h264, parameterSets: clip.parameterSets).parameters)
        var maker = PacketMaker()
        var units: [AccessUnit] = []
        for unit in clip.accessUnits.prefix(30) {
            for (index, nal) in unit.nalUnits.enumerated() {
                for (packet, isLast) in maker.packets(of: nal, codec: .h264) {
                    let marked = maker.marked(packet, isLast && index == unit.nalUnits.count - 1)
                    assembler.append(marked.span.bytes, arrival: .now(), completed: &units)
                }
            }
            maker.timestamp &+= 9_000
        }
        let made = FragmentStage(
            parameters: parameters, feedNumber: 1, origin: units[0].mediaTime, backlogLimit: 1 << 20,
            sound: try Self.sound(configuration))
        var stage = try #require(made)
        #expect(stage.mimeType.hasSuffix(",mp4a.40.2\""))
        var movie = stage.start.initSegment
        for (index, unit) in units.enumerated() {
            let timed = AccessUnit(
                frames: unit.frames, mediaTime: MediaTime(ticks: Int64(index) * 9_000), arrival: unit.arrival, isKey: unit.isKey,
                firstSequence: unit.firstSequence, timestamp: unit.timestamp)
            let appended = stage.append(timed)
            movie.writeImmutableBuffer(try #require(appended).bytes)
        }
        let file = folder.appending(path: "movie.mp4")
        try Data(movie.readableBytesView).write(to: file)
        let output = try Movie.complaints(
            of: "ffmpeg", ["-v", "info", "-xerror", "-i", file.path, "-af", "volumedetect", "-f", "null", "-"])
        #expect(output.contains("Audio: aac (LC) (mp4a") && output.contains("16000 Hz"), "\(output)")
        #expect(output.contains("max_volume: -91.0 dB"), "\(output)")
        let errors = try Movie.complaints(of: "ffmpeg", ["-v", "error", "-i", file.path, "-f", "null", "-"])
        #expect(errors.isEmpty, "\(errors)")
    }
}
