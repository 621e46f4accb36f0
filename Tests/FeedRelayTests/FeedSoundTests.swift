import DecoderProcess
import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP
import Testing

@testable import FeedRelay

/// GStreamer's RTSP server as a camera with sound, the relay, and ffprobe as a viewer of both tracks.
@Suite(.serialized, .timeLimit(.minutes(3))) struct FeedSoundTests {
    private struct Camera: SourceDirectory {
        let port: Int
        let carriesAudio: Bool
        func source(of feed: FeedID) -> CameraSource? {
            CameraSource(
                url: StreamURL(host: "127.0.0.1", port: port, target: "/camera"), credentials: nil, carriesAudio: carriesAudio)
        }
    }

    private struct Gate: ViewerGate {
        func admit(_ request: ViewRequest) -> Admission {
            .granted(.sample(feed: FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random())))
        }
        func isStillGood(_ grant: ViewGrant) -> Bool { true }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {}
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {}
    }

    /// Relays GStreamer's camera while `body` watches at the URL.
    private func relayed(
        sound: String, carried: Bool, file: URL? = nil, encoders: Int = 1, _ body: (String, FeedRelay) async throws -> Void
    ) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Foreign/gst_camera.py").resolvingSymlinksInPath()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments =
            [script.path(percentEncoded: false), "--audio", sound]
            + (file.map { ["--file", $0.path(percentEncoded: false)] } ?? [])
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let reader = output.fileHandleForReading
        let line = await blocking { String(decoding: reader.availableData, as: UTF8.self) }
        let port = try #require(line.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let relay = FeedRelay(
            group: group, directory: Camera(port: port, carriesAudio: carried), gate: Gate(),
            demuxer: DemuxerProcess.Configuration(executable: DemuxedFeedTests.program), soundEncoders: encoders, logger: logger)
        let server = try await RTSPServer.bind(
            .init(port: 0), group: group, directory: FeedPresentations(relay: relay), logger: logger)
        do {
            try await body("rtsp://127.0.0.1:\(server.port)/feeds/p1/main?ticket=x", relay)
        } catch {
            Issue.record(error)
        }
        await server.shutdown()
        await relay.shutdown()
        try await group.shutdownGracefully()
    }

    /// Blocking calls are not for Swift's own threads.
    private func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in DispatchQueue.global().async { continuation.resume(returning: body()) } }
    }

    /// What ffprobe prints of four seconds, one line a packet and stream.
    private func probed(_ url: String, over transport: String = "tcp") async throws -> [Substring] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = [
            "20", "ffprobe", "-v", "error", "-rtsp_transport", transport, "-read_intervals", "%+4", "-show_entries",
            "packet=codec_type,pts_time:stream=codec_name,sample_rate", "-of", "compact", url,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let reader = output.fileHandleForReading
        let text = await blocking { String(decoding: reader.readDataToEndOfFile(), as: UTF8.self) }
        process.waitUntilExit()
        return text.split(separator: "\n")
    }

    private func times(_ kind: String, _ lines: [Substring]) -> [Double] {
        lines.filter { $0.contains("codec_type=\(kind)") }
            .compactMap { $0.split(separator: "pts_time=").last.flatMap { Double($0.prefix { $0.isNumber || $0 == "." }) } }
    }

    @Test(arguments: [("aac", "aac"), ("latm", "aac"), ("pcma", "pcm_alaw"), ("pcmu", "pcm_mulaw")])
    func `sound and picture come together, in step`(sound: String, codec: String) async throws {
        try await relayed(sound: sound, carried: true) { url, relay in
            let lines = try await probed(url)
            #expect(lines.contains { $0.hasPrefix("stream") && $0.contains("codec_name=\(codec)") }, "\(lines.suffix(3))")
            #expect(lines.contains { $0.hasPrefix("stream") && $0.contains("codec_name=h264") })
            let (audio, video) = (times("audio", lines), times("video", lines))
            #expect(audio.count > 20 && video.count > 30, "\(audio.count) of sound, \(video.count) pictures")
            // The last of both, and no hole between packets of sound.
            #expect(abs((audio.last ?? 99) - (video.last ?? 0)) < 0.4, "\(audio.suffix(2)) \(video.suffix(2))")
            #expect(zip(audio, audio.dropFirst()).allSatisfy { 0...0.3 ~= $1 - $0 })
            let figures = try #require(await relay.statistics().first)
            #expect(figures.audio == (sound == "latm" ? "AAC" : sound.uppercased()))
        }
    }

    @Test(arguments: ["aac", "pcma"]) func `sound and picture come by UDP, too`(sound: String) async throws {
        try await relayed(sound: sound, carried: true) { url, _ in
            let lines = try await probed(url, over: "udp")
            let (audio, video) = (times("audio", lines), times("video", lines))
            #expect(audio.count > 20 && video.count > 30, "\(audio.count) of sound, \(video.count) pictures")
            #expect(abs((audio.last ?? 99) - (video.last ?? 0)) < 0.4, "\(audio.suffix(2)) \(video.suffix(2))")
        }
    }

    @Test(arguments: ["tcp", "udp"]) func `GStreamer plays both`(transport: String) async throws {
        try await relayed(sound: "aac", carried: true) { url, _ in
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/timeout")
            let pipeline = """
                -q rtspsrc name=s location=\(url) protocols=\(transport) \
                s. ! application/x-rtp,media=video ! rtph264depay ! avdec_h264 ! fakesink num-buffers=30 \
                s. ! application/x-rtp,media=audio ! rtpmp4gdepay ! aacparse ! avdec_aac ! fakesink num-buffers=20
                """
            process.arguments = ["20", "gst-launch-1.0"] + pipeline.split(separator: " ").map(String.init)
            process.standardError = FileHandle.nullDevice
            try process.run()
            await blocking { process.waitUntilExit() }
            #expect(process.terminationStatus == 0)
        }
    }

    /// A run of fragments as a file's bytes.
    private final class Recording: FragmentSink {
        let bytes = NIOLockedValueBox((movie: ByteBuffer(), fragments: 0, mimeType: ""))
        func runBegan(_ start: FragmentStart) {
            bytes.withLockedValue { $0 = (start.initSegment, 0, start.mimeType) }
            for fragment in start.backlog { append(fragment) }
        }
        func append(_ fragment: MediaFragment) {
            bytes.withLockedValue {
                $0.movie.writeImmutableBuffer(fragment.bytes)
                $0.fragments += 1
            }
        }
        func runEnded(_ reason: RunEndReason) {}
    }

    /// Moments that one of FFmpeg's detectors names.
    private func moments(_ name: String, in text: String) -> [Double] {
        text.split(separator: name + ":").dropFirst().compactMap {
            Double($0.drop { $0 == " " }.prefix { $0.isNumber || $0 == "." })
        }
    }

    @Test(arguments: ["aac", "pcma", "pcmu"]) func `a movie's flashes and beeps come together`(sound: String) async throws {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = folder.appending(path: "clip.mp4")
        let made = try Movie.complaints(
            of: "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i",
                "color=c=black:s=320x180:r=25:d=30,drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='lt(mod(t,1),0.2)'",
                "-f", "lavfi", "-i", "aevalsrc=exprs='if(lt(mod(t\\,1)\\,0.2)\\,0.8*sin(880*2*PI*t)\\,0)':s=16000:d=30",
                "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "0", "-c:a", "aac", "-b:a", "48k", clip.path,
            ])
        #expect(made.isEmpty, "\(made)")
        try await relayed(sound: sound, carried: true, file: clip) { _, relay in
            let recording = Recording()
            relay.attach(recording, to: FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random()))
            try await eventually("six seconds") { recording.bytes.withLockedValue { $0.fragments > 150 ? true : nil } }
            let (movie, _, mimeType) = recording.bytes.withLockedValue { $0 }
            #expect(mimeType.hasSuffix(",mp4a.40.2\""), "\(mimeType)")
            let file = folder.appending(path: "movie.mp4")
            try Data(movie.readableBytesView).write(to: file)
            let text = try Movie.complaints(
                of: "ffmpeg",
                [
                    "-v", "info", "-i", file.path, "-vf", "blackdetect=d=0.3:pix_th=0.5", "-af", "silencedetect=n=-30dB:d=0.3",
                    "-f",
                    "null", "-",
                ])
            let (flashes, beeps) = (moments("black_end", in: text), moments("silence_end", in: text))
            #expect(text.contains("Audio: aac (LC) (mp4a") && text.contains(sound == "aac" ? "16000 Hz" : "8000 Hz"), "\(text)")
            #expect(flashes.count >= 4 && beeps.count >= 4, "\(text)")
            // An encoder begins with the first who needs it: its first second may be silent.
            for flash in flashes.dropFirst(2).dropLast() {
                #expect(beeps.contains { abs($0 - flash) < 0.1 }, "\(flashes) \(beeps)")
            }
            let errors = try Movie.complaints(of: "ffmpeg", ["-v", "error", "-i", file.path, "-f", "null", "-"])
            #expect(errors.isEmpty, "\(errors)")
        }
    }

    /// Encoders that this process runs.
    private func encoders() -> Int {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return folders.count { folder in
            guard let status = try? String(contentsOfFile: "/proc/\(folder)/status", encoding: .utf8) else { return false }
            return status.contains("Name:\tlookout-demuxer") && status.contains("PPid:\t\(getpid())\n")
        }
    }

    @Test func `one encoder serves all who need it, from the first to the last`() async throws {
        try await relayed(sound: "pcmu", carried: true) { url, relay in
            let feed = FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random())
            // A viewer by RTSP needs none.
            _ = try await probed(url)
            #expect(relay.soundEncoders == TranscodeFigures(taken: 0, limit: 1, refused: 0))
            let (first, second) = (Recording(), Recording())
            relay.attach(first, to: feed)
            relay.attach(second, to: feed)
            try await eventually("fragments") { second.bytes.withLockedValue { $0.fragments > 30 ? true : nil } }
            try await eventually("an encoder") { encoders() == 1 ? true : nil }
            #expect(relay.soundEncoders.taken == 1)
            #expect(second.bytes.withLockedValue { $0.mimeType.hasSuffix(",mp4a.40.2\"") })
            relay.detach(first, from: feed)
            let before = second.bytes.withLockedValue { $0.fragments }
            try await eventually("more") { second.bytes.withLockedValue { $0.fragments > before + 10 ? true : nil } }
            #expect(encoders() == 1)
            relay.detach(second, from: feed)
            try await eventually("the end of the encoder") { encoders() == 0 && relay.soundEncoders.taken == 0 ? true : nil }
        }
    }

    @Test func `where no encoder may run, movies show the picture alone`() async throws {
        try await relayed(sound: "pcma", carried: true, encoders: 0) { _, relay in
            let recording = Recording()
            relay.attach(recording, to: FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random()))
            try await eventually("pictures") { recording.bytes.withLockedValue { $0.fragments > 30 ? true : nil } }
            #expect(recording.bytes.withLockedValue { !$0.mimeType.contains("mp4a") })
            #expect(encoders() == 0)
        }
    }

    @Test func `where the point carries no sound, none is set up nor described`() async throws {
        try await relayed(sound: "aac", carried: false) { url, relay in
            let lines = try await probed(url)
            #expect(times("video", lines).count > 30 && times("audio", lines).isEmpty)
            #expect(!lines.contains { $0.contains("codec_name=aac") })
            #expect(await relay.statistics().first?.audio == nil)
        }
    }

    @Test func `a viewer that sets up the video alone gets no sound`() async throws {
        try await relayed(sound: "pcma", carried: true) { url, _ in
            let target = String(url.split(separator: "/feeds").last ?? "")
            let port = try #require(Int(url.split(separator: ":").last?.prefix { $0.isNumber } ?? ""))
            let player = LoopbackPlayer(
                port: port, target: "/feeds" + target, on: MultiThreadedEventLoopGroup.singleton.next())
            try await eventually("pictures") { player.snapshot.packets.count > 60 ? true : nil }
            #expect(player.snapshot.packets.allSatisfy { $0[1] & 0x7F == 96 })
            #expect(player.snapshot.sounds == 0)
            player.close()
        }
    }
}
