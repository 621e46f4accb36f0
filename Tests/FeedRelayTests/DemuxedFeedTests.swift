import DecoderProcess
import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import FeedRelay

/// Feeds that are not RTSP, through the real demuxer program, from ffmpeg as server and from servers that misbehave.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DemuxedFeedTests {
    static let program =
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "lookout-demuxer")
        .path

    private struct OneAddress: SourceDirectory {
        let url: StreamURL
        let credentials: StreamCredentials?
        func source(of feed: FeedID) -> CameraSource? { CameraSource(url: url, credentials: credentials) }
    }

    private struct NoGate: ViewerGate {
        func admit(_ request: ViewRequest) -> Admission { .refused(GatewayError(.forbidden, "no", "no")) }
        func isStillGood(_ grant: ViewGrant) -> Bool { true }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {}
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {}
    }

    private let feed = FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random())

    /// A relay whose one feed comes from that address.
    private func withRelay(
        _ address: String, program: String = Self.program, transcodes: Int = 1, silence: Duration = .seconds(8),
        _ body: (FeedRelay) async throws -> Void
    ) async throws {
        let (url, credentials) = try StreamURL.parse(address).get()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var options = FeedOptions()
        options.silenceTimeout = silence
        let relay = FeedRelay(
            group: group, directory: OneAddress(url: url, credentials: credentials), gate: NoGate(),
            demuxer: DemuxerProcess.Configuration(executable: program), transcodes: transcodes, options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do { try await body(relay) } catch { Issue.record(error) }
        await relay.shutdown()
        try await group.shutdownGracefully()
        // Whatever happened, no process is left, not even a dead one.
        try await eventually("the end of every demuxer") { children().isEmpty ? true : nil }
    }

    /// How opening the feed fails, by the time viewers are told.
    private func failure(_ address: String, program: String = Self.program) async throws -> FeedFailure {
        let failure = NIOLockedValueBox<FeedFailure?>(nil)
        try await withRelay(address, program: program) { relay in
            do {
                _ = try await relay.keyFrame(of: feed, timeout: .seconds(12))
                Issue.record("a key frame came")
            } catch let error as FeedFailure {
                failure.withLockedValue { $0 = error }
            }
        }
        return try #require(failure.withLockedValue { $0 })
    }

    /// Processes of the demuxer's program that this one started and that were not reaped.
    private func children() -> [pid_t] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return folders.compactMap { pid_t($0) }.filter { pid in
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
            return status.contains("Name:\tlookout-demuxer") && status.contains("PPid:\t\(getpid())\n")
        }
    }

    // MARK: Streams

    private static let picture = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25"]
    private static let h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p"]

    @Test func carriesFLVOverHTTP() async throws {
        let port = try freePort()
        let server = try ForeignProcess(
            "ffmpeg", ["-re"] + Self.picture + Self.h264 + ["-f", "flv", "-listen", "1", "http://127.0.0.1:\(port)/live.flv"])
        defer { server.end() }
        try await server.listening(on: port)
        try await withRelay("http://127.0.0.1:\(port)/live.flv") { relay in
            relay.hold(feed, for: "test")
            let frame = try await relay.keyFrame(of: feed)
            #expect(frame.parameters.width == 320 && frame.parameters.height == 240)
            // Pictures flow, at the rate at which they are made.
            try await eventually("a frame rate") { await relay.statistics().first.flatMap { $0.frameRate > 20 ? $0 : nil } }
            let figures = try #require(await relay.statistics().first)
            #expect(figures.state == .live && figures.losses.lostPackets == 0 && !figures.reordered && figures.reconnects == 0)
        }
    }

    @Test func carriesRTMP() async throws {
        let port = try freePort()
        let address = "rtmp://127.0.0.1:\(port)/live/1"
        let server = try ForeignProcess("ffmpeg", ["-re"] + Self.picture + Self.h264 + ["-f", "flv", "-listen", "1", address])
        defer { server.end() }
        try await server.listening(on: port)
        try await withRelay(address) { relay in
            let frame = try await relay.keyFrame(of: feed)
            #expect(frame.parameters.width == 320)
        }
    }

    @Test func encodesMotionJPEG() async throws {
        let port = try freePort()
        let server = try ForeignProcess(
            "ffmpeg", ["-re"] + Self.picture + ["-c:v", "mjpeg", "-f", "mpjpeg", "-listen", "1", "http://127.0.0.1:\(port)/video"])
        defer { server.end() }
        try await server.listening(on: port)
        try await withRelay("http://127.0.0.1:\(port)/video") { relay in
            relay.hold(feed, for: "test")
            let frame = try await relay.keyFrame(of: feed)
            #expect(frame.parameters.codec == .h264 && frame.parameters.width == 320)
            try await eventually("a frame rate") { await relay.statistics().first.flatMap { $0.frameRate > 20 ? $0 : nil } }
        }
    }

    /// Segments of a second each leave as they were taken, not as they come.
    @Test(arguments: ["mpegts", "fmp4"])
    func carriesHLS(segments: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let playlist = folder.appending(path: "live.m3u8").path
        let encoder = try ForeignProcess(
            "ffmpeg",
            ["-re"] + Self.picture + Self.h264 + [
                "-f", "hls", "-hls_time", "1", "-hls_list_size", "6", "-hls_flags", "delete_segments", "-hls_segment_type",
                segments, playlist,
            ])
        defer { encoder.end() }
        let port = try freePort()
        let server = try ForeignProcess(
            "python3", ["-m", "http.server", "--bind", "127.0.0.1", "--directory", folder.path, "\(port)"])
        defer { server.end() }
        try await server.listening(on: port)
        try await eventually("a playlist of three segments") {
            let text = (try? String(contentsOfFile: playlist, encoding: .utf8)) ?? ""
            return text.split(separator: "#EXTINF").count > 3 ? true : nil
        }
        try await withRelay("http://127.0.0.1:\(port)/live.m3u8") { relay in
            relay.hold(feed, for: "test")
            let frame = try await relay.keyFrame(of: feed)
            #expect(frame.parameters.width == 320)
            try await eventually("a frame rate") {
                await relay.statistics().first.flatMap { (22...28).contains($0.frameRate) ? $0 : nil }
            }
            let figures = try #require(await relay.statistics().first)
            #expect(figures.losses.rebases == 0 && figures.losses.lostPackets == 0)
        }
    }

    /// ffmpeg as a camera of H.265.
    private func h265(on port: Int) throws -> ForeignProcess {
        try ForeignProcess(
            "ffmpeg",
            ["-re"] + Self.picture + [
                "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=25:bframes=0:log-level=none", "-f", "mpegts",
                "-listen", "1", "http://127.0.0.1:\(port)/live.ts",
            ])
    }

    private func keyFrame(ofTranscode feed: Feed) async throws -> KeyFrame {
        try await feed.loop.flatSubmit { feed.keyFrame(within: .seconds(10)) }.get()
    }

    /// H.265 as H.264, once for all who need it, no more at a time than may be, and not a moment longer than somebody looks.
    @Test func transcodesForBrowsers() async throws {
        let port = try freePort()
        let server = try h265(on: port)
        defer { server.end() }
        try await server.listening(on: port)
        try await withRelay("http://127.0.0.1:\(port)/live.ts") { relay in
            relay.hold(feed, for: "test")
            #expect(try await relay.keyFrame(of: feed).parameters.codec == .h265)
            let derived = try relay.transcode(of: feed).get()
            let frame = try await keyFrame(ofTranscode: derived)
            #expect(frame.parameters.codec == .h264 && frame.parameters.width == 320)
            #expect(try relay.transcode(of: feed).get() === derived)
            let other = FeedID(cameraPoint: .random())
            #expect(throws: GatewayError.self, "one may run") { try relay.transcode(of: other).get() }
            #expect(relay.transcodes == TranscodeFigures(taken: 1, limit: 1, refused: 1))
            // Nobody looks any more: the transcode ends, the camera's feed goes on, and another may have the slot.
            try await eventually("the end of the transcode") { children().count == 1 && relay.transcodes.taken == 0 ? true : nil }
            #expect(await relay.state(of: feed) == .live)
            #expect(throws: Never.self) { try relay.transcode(of: other).get() }
        }
    }

    /// An encoder that is killed is begun anew, for those who look at it; the camera's feed knows nothing of it.
    @Test func killedTranscodeIsBegunAnew() async throws {
        let port = try freePort()
        let server = try h265(on: port)
        defer { server.end() }
        try await server.listening(on: port)
        try await withRelay("http://127.0.0.1:\(port)/live.ts") { relay in
            // Watched by nobody but the transcode's viewer: the feed is needed all the same.
            let derived = try relay.transcode(of: feed).get()
            derived.loop.execute { derived.viewerCame() }
            _ = try await keyFrame(ofTranscode: derived)
            let before = try #require(await relay.statistics(of: feed)).feed
            #expect(before.transcode?.state == .live && before.transcode?.viewers == 1 && before.viewers == 0)
            let newest = try #require(children().max())
            let source = try #require(children().min())
            kill(newest, SIGKILL)
            try await eventually("the other process") { children().filter { $0 != newest }.count == 2 ? true : nil }
            let after = try await eventually("pictures again") { () -> FeedStatistics? in
                let figures = await relay.statistics(of: feed)?.feed
                return figures?.transcode?.state == .live && figures?.transcode?.restarts == 1 ? figures : nil
            }
            #expect(after.state == .live && after.reconnects == 0 && after.losses.lostPackets == 0)
            #expect(children().contains(source), "the camera's own connection was never let go")
            #expect(relay.transcodes.taken == 1)
            derived.loop.execute { derived.viewerLeft() }
        }
    }

    @Test func transcodesNothingWhereNoneIsAllowed() async throws {
        try await withRelay("http://127.0.0.1:9/none", transcodes: 0) { relay in
            #expect(!relay.offersTranscodes)
            guard case .failure(let error) = relay.transcode(of: feed) else {
                Issue.record("it was allowed")
                return
            }
            #expect(error.reason == "transcodesOff")
        }
    }

    @Test func killedDemuxerIsReplaced() async throws {
        let jpeg = try await Self.jpeg()
        try await withServer({ _ in .answer(Self.ok("image/jpeg", jpeg)) }) { port in
            try await withRelay("http://127.0.0.1:\(port)/still.jpg") { relay in
                relay.hold(feed, for: "test")
                _ = try await relay.keyFrame(of: feed)
                let first = try #require(children().first)
                kill(first, SIGKILL)
                try await eventually("another process") { children().contains { $0 != first } ? true : nil }
                try await eventually("a live feed") { await relay.state(of: feed) == .live ? true : nil }
                let reconnects = await relay.statistics().first?.reconnects
                #expect(reconnects == 1)
            }
        }
    }

    // MARK: Refusals

    @Test(arguments: [(401, ProbeOutcome.unauthorized), (403, .unauthorized), (404, .notFound), (500, .protocolError)])
    func status(_ status: Int, _ outcome: ProbeOutcome) async throws {
        try await withServer({ _ in .answer("HTTP/1.1 \(status) No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") }) { port in
            let outcome = try await failure("http://127.0.0.1:\(port)/live.flv").outcome
            #expect(outcome == outcome)
        }
    }

    @Test func nobodyListens() async throws {
        let failure = try await failure("http://127.0.0.1:\(try freePort())/live.flv")
        #expect(failure.outcome == .unreachable)
    }

    @Test func serverThatHangsInItsHead() async throws {
        try await withServer({ _ in .hang("HTTP/1.1 200 OK\r\nContent-Ty") }) { port in
            let start = ContinuousClock.now
            let outcome = try await failure("http://127.0.0.1:\(port)/live.flv").outcome
            #expect(outcome == .timeout)
            #expect(ContinuousClock.now - start < .seconds(11))
        }
    }

    @Test func serverThatRedirectsForEver() async throws {
        try await withServer({ _ in .answer("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n") }) { port in
            let failure = try await failure("http://127.0.0.1:\(port)/live.flv")
            #expect([.redirected, .protocolError].contains(failure.outcome), "\(failure)")
        }
    }

    /// The registered address is on loopback; its other ports are not, and nor is what else the gateway must not touch.
    @Test(arguments: [
        "http://169.254.169.254/latest/meta-data", "http://127.0.0.1:1/", "http://localhost:22/", "http://[::1]:80/",
        "http://[::ffff:127.0.0.1]:80/", "http://0.0.0.0/", "http://2130706433/",
    ])
    func redirectToWhereItMustNotGo(_ target: String) async throws {
        try await withServer({ _ in .answer("HTTP/1.1 302 Found\r\nLocation: \(target)\r\nContent-Length: 0\r\n\r\n") }) { port in
            let outcome = try await failure("http://127.0.0.1:\(port)/live.flv").outcome
            #expect(outcome == .redirected)
        }
    }

    @Test(arguments: [
        "file:///etc/passwd", "/../../../../etc/passwd", "http://169.254.169.254/x.ts", "http://127.0.0.1:22/x.ts",
        "concat:/etc/passwd", "data:text/plain,x", "crypto:file:///etc/passwd", "subfile,,start,0,end,9,,:/etc/passwd",
    ])
    func playlistThatLeadsElsewhere(_ segment: String) async throws {
        let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(segment)\n#EXT-X-ENDLIST\n"
        let asked = NIOLockedValueBox<[String]>([])
        try await withServer({ request in
            asked.withLockedValue { $0.append(request) }
            return request.contains("passwd")
                ? .answer("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                : .answer(Self.ok("application/vnd.apple.mpegurl", Array(playlist.utf8)))
        }) { port in
            let failure = try await failure("http://127.0.0.1:\(port)/live.m3u8")
            #expect(failure.outcome != .timeout, "\(failure)")
        }
    }

    @Test func bodyOfTwoGigabytesOfNothing() async throws {
        try await withServer({ _ in
            .hang(
                "HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nContent-Length: 2147483647\r\n\r\nFLV\u{1}\u{1}\0\0\0\u{9}\0\0\0\0\u{9}\u{FF}"
            )
        }) { port in
            let failure = try await failure("http://127.0.0.1:\(port)/live.flv")
            #expect([.timeout, .protocolError].contains(failure.outcome), "\(failure)")
        }
    }

    @Test func whatIsNoStream() async throws {
        try await withServer({ _ in .answer(Self.ok("text/html", Array("<html>\(String(repeating: "x", count: 9_000))".utf8))) }) {
            port in
            let failure = try await failure("http://127.0.0.1:\(port)/")
            #expect([.protocolError, .noVideo].contains(failure.outcome), "\(failure)")
        }
    }

    @Test func programThatIsMissing() async throws {
        let failure = try await failure("http://127.0.0.1:9/", program: "/nowhere/lookout-demuxer")
        #expect(failure.outcome == .unsupported)
    }

    @Test func passwordIsSentAndNeverShown() async throws {
        let asked = NIOLockedValueBox("")
        try await withServer({ request in
            asked.withLockedValue { $0 += request }
            return .answer(
                "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }) { port in
            let failure = try await failure("http://operator:p%40ss:w@127.0.0.1:\(port)/live.flv")
            #expect(failure.outcome == .unauthorized && !"\(failure)".contains("p@ss"))
            let basic = Data("operator:p@ss:w".utf8).base64EncodedString()
            #expect(asked.withLockedValue { $0.contains("Authorization: Basic \(basic)") })
        }
    }

    // MARK: Servers

    static func ok(_ type: String, _ body: [UInt8]) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8) + body
    }

    private static func jpeg() async throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "still-\(UUID().uuidString).jpg")
        defer { try? FileManager.default.removeItem(at: file) }
        let process = try ForeignProcess("ffmpeg", picture + ["-frames:v", "1", file.path])
        defer { process.end() }
        try await eventually("a JPEG file") { process.hasEnded ? true : nil }
        return try Array(Data(contentsOf: file))
    }

    private func withServer(
        _ answer: @escaping @Sendable (_ request: String) -> RawServer.Answer, _ body: (Int) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await RawServer.bind(on: group, answer)
        do { try await body(channel.localAddress?.port ?? 0) } catch { Issue.record(error) }
        try await channel.close()
        try await group.shutdownGracefully()
    }
}
