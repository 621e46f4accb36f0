import Foundation
import GatewayCore
import Testing

@testable import FeedRelay

/// Publishers that were not written here, over TCP.
@Suite(.timeLimit(.minutes(2))) struct ForeignPublisherTests {
    enum Program: CaseIterable {
        case ffmpeg, ffmpegWithSound, gstreamer

        func start(_ url: String) throws -> ForeignProcess {
            let source = "testsrc2=size=320x240:rate=25"
            let encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25"]
            let output = ["-f", "rtsp", "-rtsp_transport", "tcp", url]
            switch self {
            case .ffmpeg:
                return try ForeignProcess("ffmpeg", ["-re", "-f", "lavfi", "-i", source] + encoding + output)
            case .ffmpegWithSound:
                // Sound first: the video is the second track.
                let inputs = ["-re", "-f", "lavfi", "-i", "sine", "-re", "-f", "lavfi", "-i", source]
                return try ForeignProcess("ffmpeg", inputs + ["-map", "0", "-map", "1", "-c:a", "aac"] + encoding + output)
            case .gstreamer:
                let words =
                    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! "
                    + "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! "
                    + "rtspclientsink name=sink protocols=tcp location=\(url)"
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
