import Foundation
import GatewayCore
import Testing

@testable import RTSP

/// The client against GStreamer's RTSP server.
@Suite(.timeLimit(.minutes(2))) struct ForeignCameraTests {
    struct NotStarted: Error {}

    /// Runs the camera while `body` plays it.
    private func withCamera<Result>(_ arguments: [String], _ body: (Int) async throws -> Result) async throws -> Result {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Foreign/gst_camera.py").resolvingSymlinksInPath()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [script.path(percentEncoded: false)] + arguments
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let reader = output.fileHandleForReading
        // One line comes, or the end where the script failed; reading blocks, so it is not for Swift's own threads.
        let line = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: String(decoding: reader.availableData, as: UTF8.self)) }
        }
        guard let port = line.split(whereSeparator: \.isWhitespace).last.flatMap({ Int($0) }) else { throw NotStarted() }
        return try await body(port)
    }

    @Test(arguments: ["none", "basic", "digest"], ["h264", "h265"])
    func `its picture is played`(auth: String, codec: String) async throws {
        let recording = try await withCamera(["--auth", auth, "--codec", codec]) { port in
            try await Recording.play(
                "rtsp://127.0.0.1:\(port)/camera", credentials: StreamCredentials(username: "viewer", password: "secret"),
                packets: 40)
        }
        #expect(recording.error?.isCancelled == true, "\(String(describing: recording.error))")
        #expect(recording.packets.count == 40)
        #expect(recording.packets.allSatisfy { $0.count > 12 && $0[0] >> 6 == 2 && $0[1] & 0x7F == 96 })
        let sequences = recording.packets.map { UInt16($0[2]) << 8 | UInt16($0[3]) }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
        let track = try #require(recording.presentation?.track)
        #expect(track.codec.rawValue == codec)
        if codec == "h264", let sps = track.parameterSets.first {
            #expect(ParameterSets.h264(sps: sps)?.width == 320 && ParameterSets.h264(sps: sps)?.height == 180)
        }
    }

    @Test func `a wrong password is unauthorized, a wrong path is not found`() async throws {
        try await withCamera(["--auth", "digest"]) { port in
            let wrong = try await Recording.play(
                "rtsp://127.0.0.1:\(port)/camera", credentials: StreamCredentials(username: "viewer", password: "no"))
            #expect(wrong.error?.outcome == .unauthorized)
        }
        try await withCamera([]) { port in
            let missing = try await Recording.play("rtsp://127.0.0.1:\(port)/nothing")
            #expect(missing.error?.outcome == .notFound)
        }
    }
}
