import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import RTSP

/// RTSP by TLS, against OpenSSL's client.
@Suite(.timeLimit(.minutes(1))) struct SecureServerTests {
    private struct Nothing: PresentationDirectory {
        func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
            eventLoop.makeSucceededFuture(.presentation(Blank()))
        }
    }

    private final class Blank: Presentation {
        let sessionDescription = "v=0\r\n"
        func play(into sink: any InterleavedSink) {
            var frame = ByteBuffer(bytes: [0x24, 0, 0, 12])
            frame.writeString("picture-here")
            sink.write(frame)
            sink.flush()
        }
        func pause() {}
        func teardown() {}
    }

    @Test func aClientOverTLSPlaysAndGetsNoDatagrams() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lookout-rtsps-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.path + "/c.pem", folder.path + "/k.pem")
        _ = try await openssl(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway", "-keyout", key, "-out",
                certificate,
            ])
        var options = RTSPServer.Options(port: 0)
        options.certificate = try ServerCertificate(certificate: certificate, key: key)
        let server = try await RTSPServer.bind(
            options, group: MultiThreadedEventLoopGroup.singleton, directory: Nothing(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let requests = [
            "DESCRIBE rtsps://gateway/p RTSP/1.0\r\nCSeq: 1\r\n\r\n",
            "SETUP rtsps://gateway/p/track1 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n",
            "SETUP rtsps://gateway/p/track1 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
            "PLAY rtsps://gateway/p RTSP/1.0\r\nCSeq: 4\r\n\r\nTEARDOWN rtsps://gateway/p RTSP/1.0\r\nCSeq: 5\r\n\r\n",
        ]
        let said = try await openssl(
            ["s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)"], input: requests.joined())
        await server.shutdown()
        let statuses = said.components(separatedBy: "RTSP/1.0 ").dropFirst().map { String($0.prefix(3)) }
        #expect(statuses == ["200", "461", "200", "200", "200"])
        #expect(said.contains("picture-here"))
    }

    /// What it wrote.
    private func openssl(_ arguments: [String], input: String = "") async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        let (output, standardInput) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardInput = standardInput
        process.standardError = FileHandle.nullDevice
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        let reader = output.fileHandleForReading
        // Reading blocks, so it is not for Swift's own threads.
        let text = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: reader.readDataToEndOfFile(), as: UTF8.self))
            }
        }
        process.waitUntilExit()
        return text
    }
}
