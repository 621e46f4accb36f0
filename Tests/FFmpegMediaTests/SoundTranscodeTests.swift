import Foundation
import GatewayCore
import Synchronization
import Testing

@testable import FFmpegMedia

/// G.711 that FFmpeg's program encoded, through the transcode, decoded again by FFmpeg's program.
@Suite(.timeLimit(.minutes(1))) struct SoundTranscodeTests {
    private final class Units: PacketOutput {
        let list = Mutex<[(time: Int64, bytes: [UInt8])]>([])
        func described(codec: VideoCodec, parameterSets: [[UInt8]]) {}
        func send(_ frames: [UInt8]) -> Bool {
            let time = frames[4..<12].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            list.withLock { $0.append((Int64(bitPattern: time), Array(frames[12...]))) }
            return true
        }
    }

    private static func encoder(_ law: G711) -> String { law == .aLaw ? "pcm_alaw" : "pcm_mulaw" }
    private static func format(_ law: G711) -> String { law == .aLaw ? "alaw" : "mulaw" }

    private static func ffmpeg(_ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sound-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, result) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(input).write(to: source)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["30", "ffmpeg", "-v", "error"] + arguments.map { $0 == "IN" ? source.path : $0 } + [result.path]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Array(try Data(contentsOf: result))
    }

    private static func floats(_ bytes: [UInt8]) -> [Float] {
        bytes.withUnsafeBytes { raw in (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) } }
    }

    /// What a decoder hears of raw units, and when: time of the first sample, and the samples.
    private static func heard(_ units: [(time: Int64, bytes: [UInt8])], rateIndex: UInt8) throws -> (Int64, [Float]) {
        var stream: [UInt8] = []
        for unit in units {
            // ADTS, ISO/IEC 14496-3, 1.A.2: AAC-LC, mono.
            let length = unit.bytes.count + 7
            stream += [0xFF, 0xF1, 1 << 6 | rateIndex << 2, 1 << 6 | UInt8(length >> 11)]
            stream += [UInt8(truncatingIfNeeded: length >> 3), UInt8(truncatingIfNeeded: length << 5) | 0x1F, 0xFC] + unit.bytes
        }
        return (units.first?.time ?? 0, floats(try ffmpeg(["-f", "aac", "-i", "IN", "-f", "f32le"], input: stream)))
    }

    private static func run(
        _ law: G711, rate: Int = 8_000, _ pieces: [(time: Int64, bytes: ArraySlice<UInt8>)]
    )
        -> [(time: Int64, bytes: [UInt8])]
    {
        let (inlet, units) = (PacketInlet(), Units())
        for piece in pieces {
            let head = withUnsafeBytes(of: piece.time.bigEndian) { Array($0) }
            inlet.push(.init(bytes: head + piece.bytes, arrivalNanoseconds: 0))
        }
        inlet.close()
        _ = SoundTranscode.run(law, sampleRate: rate, channels: 1, inlet: inlet, output: units)
        return units.list.withLock { $0 }
    }

    @Test(arguments: G711.allCases) func `every code is what FFmpeg makes of it`(law: G711) throws {
        let expected = Self.floats(
            try Self.ffmpeg(
                ["-f", Self.format(law), "-ar", "8000", "-ac", "1", "-i", "IN", "-f", "f32le"], input: Array(0...255)))
        #expect(law.samples == expected)
    }

    @Test func `the configuration is what is said without asking the encoder`() throws {
        let encoder = try AACEncoder(sampleRate: 8_000, channels: 1)
        // Object type 2, rate 11, one channel; an extension that says no SBR may follow.
        #expect(Array(encoder.configuration.prefix(2)) == [0x15, 0x88])
        #expect(throws: FFmpegError.self) { try AACEncoder(sampleRate: 8_000, channels: 3) }
        #expect(throws: FFmpegError.self) { try AACEncoder(sampleRate: 9_001, channels: 1) }
    }

    /// A tone of 440 Hz that begins at each second and lasts a fifth of it; ten seconds.
    private static func beeps(_ law: G711) throws -> [UInt8] {
        try ffmpeg([
            "-f", "lavfi", "-i", "aevalsrc=exprs='if(lt(mod(t\\,1)\\,0.2)\\,0.5*sin(440*2*PI*t)\\,0)':s=8000:d=10", "-c:a",
            encoder(law), "-f", format(law),
        ])
    }

    /// Where the sound begins after silence, in samples of the line.
    private static func onsets(_ begin: Int64, _ samples: [Float]) -> [Int64] {
        var onsets: [Int64] = []
        var quiet = 1_000
        for (index, sample) in samples.enumerated() {
            if abs(sample) > 0.1 {
                if quiet >= 1_000 { onsets.append(begin + Int64(index)) }
                quiet = 0
            } else {
                quiet += 1
            }
        }
        return onsets
    }

    @Test(arguments: G711.allCases) func `a tone comes out as it went in, when it went in`(law: G711) throws {
        let source = try Self.beeps(law)
        let origin: Int64 = 7_000_000_123
        let pieces = stride(from: 0, to: source.count - 159, by: 160).map { (origin + Int64($0), source[$0..<$0 + 160]) }
        let units = Self.run(law, pieces)
        #expect(units.count > 70 && zip(units, units.dropFirst()).allSatisfy { $1.time - $0.time == 1_024 })
        let (begin, samples) = try Self.heard(units, rateIndex: 11)
        let onsets = Self.onsets(begin, samples)
        #expect(onsets.count >= 9, "\(onsets)")
        for onset in onsets {
            let distance = (onset - origin) % 8_000
            #expect(min(distance, 8_000 - distance) < 80, "\(onsets.map { $0 - origin })")
        }
        // Of the second beep.
        let start = Int(origin + 8_000 + 200 - begin)
        let tone = samples[start..<start + 1_200]
        let crossings = zip(tone, tone.dropFirst()).count { $0 < 0 && $1 >= 0 }
        #expect(abs(Double(crossings) / 0.15 - 440) < 14, "\(crossings)")
        #expect((0.4...0.62).contains(tone.max() ?? 0), "\(tone.max() ?? 0)")
    }

    @Test func `losses and jumps move nothing`() throws {
        let source = try Self.beeps(.aLaw)
        var pieces: [(time: Int64, bytes: ArraySlice<UInt8>)] = []
        for start in stride(from: 0, to: source.count - 159, by: 160) where start % 2_400 != 1_120 {
            // Six seconds on, by a minute.
            pieces.append((Int64(start >= 48_000 ? start + 480_000 : start), source[start..<start + 160]))
        }
        let units = Self.run(.aLaw, pieces)
        let cut = try #require(units.firstIndex { $0.time > 100_000 })
        for (part, first) in [(units[..<cut], 0), (units[cut...], 480_000)] {
            let (begin, samples) = try Self.heard(Array(part), rateIndex: 11)
            // A piece that is lost within a beep makes two of it: only where they begin counts.
            let onsets = Self.onsets(begin, samples).map { $0 - Int64(first) }
            #expect(onsets.count >= 3)
            for onset in onsets.dropFirst() {
                #expect(min(onset % 8_000, 8_000 - onset % 8_000) < 80, "\(onsets)")
            }
        }
    }

    @Test func `what is no sound ends nothing`() {
        let (inlet, units) = (PacketInlet(), Units())
        for bytes in [[], [1], [UInt8](repeating: 0, count: 8), [UInt8](repeating: 255, count: 9)] {
            inlet.push(.init(bytes: bytes, arrivalNanoseconds: 0))
        }
        inlet.push(.init(bytes: [UInt8](repeating: 0, count: 8 + 8_000), arrivalNanoseconds: 0))
        inlet.close()
        _ = SoundTranscode.run(.muLaw, sampleRate: 8_000, channels: 2, inlet: inlet, output: units)
        #expect(units.list.withLock { $0.count } >= 2)
    }
}
