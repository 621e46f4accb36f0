import FFmpegMedia
import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import DecoderProcess

/// The real decoder program as a child, fed with clips that are encoded here.
@Suite(.serialized) struct DecoderProcessTests {
    /// It is built with the tests, into their folder.
    private static let program =
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "lookout-decoder")
        .path

    private func withDecoder(
        idle: TimeAmount = .seconds(30), program: String = Self.program, _ body: (DecoderProcess) async throws -> Void
    ) async throws {
        var configuration = DecoderProcess.Configuration(executable: program, probes: 4)
        configuration.idleTime = idle
        configuration.patience = .seconds(3)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let decoder = DecoderProcess(configuration, group: group, logger: Logger(label: "test"))
        do {
            try await body(decoder)
        } catch {
            await decoder.shutdown()
            try? await group.shutdownGracefully()
            throw error
        }
        await decoder.shutdown()
        try await group.shutdownGracefully()
    }

    private func clip(_ codec: VideoCodec = .h264) throws -> AnnexBClip {
        let folder = FileManager.default.temporaryDirectory.appending(path: "decoder-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try AnnexBClip(contentsOf: TestClip(name: "新华路口", number: "1", scene: 2, codec: codec).write(into: folder))
    }

    private func sample(_ unit: AnnexBClip.AccessUnit) -> ByteBuffer {
        var buffer = ByteBuffer()
        for nal in unit.nalUnits {
            buffer.writeInteger(UInt32(nal.count))
            buffer.writeBytes(nal)
        }
        return buffer
    }

    private func still(_ decoder: DecoderProcess, _ clip: AnnexBClip, _ sample: ByteBuffer? = nil) async throws -> [UInt8] {
        let parameters = VideoParameters(codec: clip.codec, parameterSets: clip.parameterSets, width: 640, height: 360)
        return try await decoder.still(
            parameters: parameters, sample: sample ?? self.sample(clip.accessUnits[0]), maxWidth: 320)
    }

    /// Processes of the decoder's program that this one started and that have not ended.
    private func children() -> [pid_t] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return folders.compactMap { pid_t($0) }.filter { pid in
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
            return status.contains("Name:\tlookout-decoder") && status.contains("PPid:\t\(getpid())\n")
                && !status.contains("State:\tZ")
        }
    }

    private func wait(until condition: () -> Bool) async throws -> Bool {
        for _ in 0..<500 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test(.timeLimit(.minutes(1)), arguments: VideoCodec.allCases)
    func makesAStill(codec: VideoCodec) async throws {
        let clip = try clip(codec)
        try await withDecoder { decoder in
            let jpeg = try await still(decoder, clip)
            #expect(jpeg.starts(with: [0xFF, 0xD8]) && jpeg.suffix(2) == [0xFF, 0xD9])
        }
    }

    @Test(.timeLimit(.minutes(1))) func aPictureThatIsNoneIsRefusedAndTheProcessGoesOn() async throws {
        let clip = try clip()
        try await withDecoder { decoder in
            let first = try await still(decoder, clip)
            let pid = try #require(children().first)
            await #expect(throws: DecoderFailure.self) { try await still(decoder, clip, ByteBuffer(repeating: 7, count: 900)) }
            #expect(try await still(decoder, clip) == first)
            #expect(children() == [pid])
        }
    }

    @Test(.timeLimit(.minutes(1))) func manyProbesAtOnceEachFindTheirOwn() async throws {
        let clips = [try clip(.h264), try clip(.h265)]
        try await withDecoder { decoder in
            let found = try await withThrowingTaskGroup(of: (Int, ProbeFindings).self) { group in
                for index in 0..<8 {
                    group.addTask {
                        let camera = RTPCamera(clips[index % 2])
                        let options = ProbeOptions(endsWithSecondKeyFrame: true, thumbnailWidth: index < 2 ? 160 : nil)
                        let examination = try await decoder.beginProbe(options)
                        defer { examination.end() }
                        for (frames, arrival) in camera.units() { examination.append(frames, arrival: arrival) }
                        return (index, try await examination.findings(sdp: camera.sdp))
                    }
                }
                return try await group.reduce(into: [Int: ProbeFindings]()) { $0[$1.0] = $1.1 }
            }
            #expect(found.count == 8)
            for (index, findings) in found {
                #expect(findings.outcome == .reachable, "\(findings.detail)")
                #expect(findings.video?.codec == (index % 2 == 0 ? "h264" : "hevc"))
                #expect(findings.video?.width == 640 && findings.picture?.signature.count == 256)
                #expect(findings.gop == .seconds(2))
                #expect((findings.thumbnail != nil) == (index < 2))
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aProbeWhosePacketsEndIsAnsweredAtOnce() async throws {
        let camera = RTPCamera(try clip())
        try await withDecoder { decoder in
            let examination = try await decoder.beginProbe(ProbeOptions(deadline: .seconds(20)))
            let begin = ContinuousClock.now
            let findings = Task { try await examination.findings(sdp: camera.sdp) }
            try await Task.sleep(for: .milliseconds(100))
            examination.end()
            #expect(try await findings.value.outcome == .noVideo)
            #expect(ContinuousClock.now - begin < .seconds(5))
        }
    }

    @Test(.timeLimit(.minutes(1))) func theProcessEndsWhenItHasNothingToDoAndComesBack() async throws {
        let clip = try clip()
        try await withDecoder(idle: .milliseconds(200)) { decoder in
            _ = try await still(decoder, clip)
            let first = try #require(children().first)
            #expect(try await wait { children().isEmpty })
            _ = try await still(decoder, clip)
            #expect(try #require(children().first) != first)
        }
        #expect(try await wait { children().isEmpty })
    }

    @Test(.timeLimit(.minutes(1))) func aProcessThatDiesFailsItsJobsAndTheNextHasANewOne() async throws {
        let clip = try clip()
        try await withDecoder { decoder in
            let examination = try await decoder.beginProbe(ProbeOptions(deadline: .seconds(20)))
            let findings = Task { try await examination.findings(sdp: RTPCamera(clip).sdp) }
            #expect(try await wait { !children().isEmpty })
            try await Task.sleep(for: .milliseconds(200))
            for pid in children() { kill(pid, SIGKILL) }
            await #expect(throws: DecoderFailure.died) { _ = try await findings.value }
            #expect(try await still(decoder, clip).starts(with: [0xFF, 0xD8]))
        }
    }

    @Test(.timeLimit(.minutes(1))) func aProcessThatHangsIsEnded() async throws {
        let clip = try clip()
        try await withDecoder { decoder in
            _ = try await still(decoder, clip)
            let pid = try #require(children().first)
            kill(pid, SIGSTOP)
            await #expect(throws: DecoderFailure.late) { try await still(decoder, clip) }
            #expect(try await wait { !children().contains(pid) })
            #expect(try await still(decoder, clip).starts(with: [0xFF, 0xD8]))
        }
    }

    @Test(.timeLimit(.minutes(1))) func aMissingProgramIsSaid() async throws {
        try await withDecoder(program: "/nonexistent/lookout-decoder") { decoder in
            let failure = await #expect(throws: DecoderFailure.self) { try await decoder.check() }
            let said = try #require(failure).description
            #expect(said.contains("/nonexistent/lookout-decoder"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func theKernelConfinesIt() async throws {
        let clip = try clip()
        try await withDecoder { decoder in
            _ = try await still(decoder, clip)
            let status = try String(contentsOfFile: "/proc/\(try #require(children().first))/status", encoding: .utf8)
            #expect(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"))
            let open = try FileManager.default.contentsOfDirectory(
                atPath: "/proc/\(try #require(children().first))/fd"
            ).compactMap { Int($0) }.sorted()
            #expect(open == [0, 1, 2])
        }
        let process = Process()
        process.executableURL = URL(filePath: Self.program)
        process.arguments = ["--show-confinement"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(
            text.split(separator: "\n") == [
                "socket: refused", "open: refused", "write file: refused", "process: refused", "kill: refused", "thread: allowed",
            ])
    }
}
