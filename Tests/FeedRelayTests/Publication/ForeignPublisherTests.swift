import Foundation
import GatewayCore
import Testing

@testable import FeedRelay

/// Publishers that were not written here, over TCP, UDP and TLS.
@Suite(.timeLimit(.minutes(2))) struct ForeignPublisherTests {
    enum Program: CaseIterable {
        case ffmpeg, ffmpegWithSound, gstreamer
        case ffmpegUDP, ffmpegWithSoundUDP, gstreamerUDP

        private var transport: String {
            switch self {
            case .ffmpeg, .ffmpegWithSound, .gstreamer: "tcp"
            case .ffmpegUDP, .ffmpegWithSoundUDP, .gstreamerUDP: "udp"
            }
        }

        func start(_ url: String) throws -> ForeignProcess {
            let source = "testsrc2=size=320x240:rate=25"
            let encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25"]
            let output = ["-f", "rtsp", "-rtsp_transport", transport, url]
            switch self {
            case .ffmpeg, .ffmpegUDP:
                return try ForeignProcess("ffmpeg", ["-re", "-f", "lavfi", "-i", source] + encoding + output)
            case .ffmpegWithSound, .ffmpegWithSoundUDP:
                // Sound first: the video is the second track.
                let inputs = ["-re", "-f", "lavfi", "-i", "sine", "-re", "-f", "lavfi", "-i", source]
                return try ForeignProcess("ffmpeg", inputs + ["-map", "0", "-map", "1", "-c:a", "aac"] + encoding + output)
            case .gstreamer, .gstreamerUDP:
                let words =
                    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! "
                    + "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! "
                    + "rtspclientsink name=sink protocols=\(transport) location=\(url)"
                return try ForeignProcess("gst-launch-1.0", words.split(separator: " ").map(String.init))
            }
        }
    }

    @Test(arguments: Program.allCases)
    func publishes(program: Program) async throws {
        try await PublishedStage.run { stage in
            stage.relay.hold(stage.feed, for: "test")
            let url = "rtsp://127.0.0.1:\(stage.server.port)/publish/p1/main?ticket=p1"
            let process = try program.start(url)
            defer { process.end() }
            try await stage.untilLive()
            let player = stage.player()
            try await eventually("two seconds of pictures") {
                await stage.relay.statistics().first.flatMap { $0.receivedFrames >= 50 && $0.width == 320 ? true : nil }
            }
            try await eventually("packets at the player") { player.snapshot.packets.count >= 50 ? true : nil }
            let losses = try #require(await stage.relay.statistics().first).losses
            #expect(losses.lostPackets == 0)
            // Killed, and back: the player stays.
            process.kill()
            try await stage.untilWaiting("the publisher left")
            let before = player.snapshot.packets.count
            let again = try program.start(url)
            defer { again.end() }
            try await eventually("its return") { player.snapshot.packets.count > before + 20 ? true : nil }
            #expect(player.snapshot.closed == nil)
            #expect(stage.gate.notes.withLockedValue { $0 } == [.began, .ended(.left), .began])
        }
    }

    /// Hashes of decoded pictures, as ffmpeg writes them.
    private func hashes(_ file: URL) throws -> [Substring] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { $0.split(separator: ",").last }
    }

    private func hash(_ input: [String], to file: URL) async throws -> [Substring] {
        let process = try ForeignProcess("ffmpeg", input + ["-map", "0:v", "-vsync", "0", "-f", "framemd5", file.path()])
        defer { process.end() }
        try await eventually("hashes of pictures") { process.hasEnded ? true : nil }
        return try hashes(file)
    }

    @Test(
        "a viewer's pictures are the publisher's, bit by bit",
        arguments: [
            ("ffmpeg", "tcp"), ("ffmpeg", "udp"), ("ffmpeg", "tls"), ("gst-launch-1.0", "udp"), ("gst-launch-1.0", "tls"),
        ])
    func pictures(program: String, transport: String) async throws {
        let folder = URL.temporaryDirectory.appending(path: "lookout-publisher-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = folder.appending(path: "clip.mp4").path()
        let encoder = try ForeignProcess(
            "ffmpeg",
            ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", "6", "-c:v", "libx264", "-preset", "ultrafast"]
                + ["-bf", "0", "-g", "25", "-pix_fmt", "yuv420p", clip])
        try await eventually("a clip") { encoder.hasEnded ? true : nil }
        let sent = try await hash(["-i", clip], to: folder.appending(path: "sent"))
        #expect(Set(sent).count == 150)
        try await PublishedStage.run { stage in
            try await stage.withSecureServer { secure in
                stage.relay.hold(stage.feed, for: "test")
                let target =
                    transport == "tls" ? "rtsps://127.0.0.1:\(secure.port)" : "rtsp://127.0.0.1:\(stage.server.port)"
                let publisher = try Self.publish(
                    clip, by: program, transport, to: target + "/publish/p1/main?ticket=p1")
                defer { publisher.end() }
                try await stage.untilLive()
                let view = "rtsp://127.0.0.1:\(stage.server.port)/feeds/p1/main?ticket=p1"
                let seen = try await hash(
                    ["-rtsp_transport", "tcp", "-i", view, "-t", "2"], to: folder.appending(path: "seen"))
                #expect(seen.count >= 40)
                let start = try #require(sent.firstIndex { $0 == seen.first })
                #expect(seen == Array((sent[start...] + sent + sent).prefix(seen.count)))
                #expect(try #require(await stage.relay.statistics().first).losses.lostPackets == 0)
                #expect(!publisher.hasEnded)
            }
        }
    }

    private static func publish(
        _ clip: String, by program: String, _ transport: String, to target: String
    ) throws -> ForeignProcess {
        // What comes by TLS comes on the connection.
        let transport = transport == "tls" ? "tcp" : transport
        guard program == "ffmpeg" else {
            return try ForeignProcess(
                program,
                ["filesrc", "location=\(clip)", "!", "qtdemux", "!", "h264parse", "config-interval=-1", "!", "identity"]
                    + ["sync=true", "!", "rtspclientsink", "location=\(target)", "protocols=\(transport)"]
                    + ["tls-validation-flags=0"])
        }
        return try ForeignProcess(
            program,
            ["-re", "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f", "rtsp", "-rtsp_transport", transport, target])
    }

    @Test("a foreign publisher that is refused ends, and says so", arguments: [Program.ffmpeg, .gstreamer])
    func refused(program: Program) async throws {
        try await PublishedStage.run { stage in
            let process = try program.start("rtsp://127.0.0.1:\(stage.server.port)/publish/p1/main?ticket=revoked")
            defer { process.end() }
            try await eventually("its end") { process.hasEnded ? true : nil }
            #expect(stage.gate.notes.withLockedValue { $0 }.isEmpty)
        }
    }
}
