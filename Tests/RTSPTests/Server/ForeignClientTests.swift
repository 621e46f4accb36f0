import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import RTSP

/// Digest as libcurl answers it, against the verifier that simulated cameras use.
@Suite(.timeLimit(.minutes(2))) struct ForeignClientTests {
    /// Describes one presentation to whoever answers its challenge.
    private final class Guarded: PresentationDirectory {
        private let verifier: NIOLockedValueBox<DigestVerifier>
        let algorithms = NIOLockedValueBox<[String]>([])

        init(_ algorithm: DigestAlgorithm, offersAuth: Bool) {
            verifier = NIOLockedValueBox(
                DigestVerifier(
                    realm: "IP Camera (7)", credentials: StreamCredentials(username: "viewer", password: "s3:c@r \"et"),
                    schemes: [.digest(algorithm)], offersAuth: offersAuth, opaque: "5ccc069c"))
        }

        func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
            let text = request.headers["Authorization"]
            if let text { algorithms.withLockedValue { $0.append(text) } }
            let (verdict, challenges) = verifier.withLockedValue { verifier in
                let verdict = verifier.verify(authorization: text, method: .describe, uri: request.uri)
                return (verdict, verifier.challenges(isStale: verdict == .stale))
            }
            guard verdict != .accepted else { return eventLoop.makeSucceededFuture(.presentation(Blank())) }
            var headers = RTSPHeaders()
            for challenge in challenges { headers.add("WWW-Authenticate", challenge) }
            return eventLoop.makeSucceededFuture(.refused(status: 401, headers: headers))
        }
    }

    private final class Blank: Presentation {
        let sessionDescription = QuirkyCamera.sdp
        func play(into sink: any InterleavedSink) {}
        func pause() {}
        func teardown() {}
    }

    @Test(arguments: [DigestAlgorithm.md5, .md5Session, .sha256, .sha256Session], [true, false])
    func `libcurl is let in with the right password only`(algorithm: DigestAlgorithm, offersAuth: Bool) async throws {
        // Algorithms of a session need a client's nonce, which goes with qop alone.
        guard offersAuth || !algorithm.isSession else { return }
        let camera = Guarded(algorithm, offersAuth: offersAuth)
        let server = try await RTSPServer.bind(
            .init(port: 0), group: MultiThreadedEventLoopGroup.singleton, directory: camera,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let url = "rtsp://127.0.0.1:\(server.port)/camera"
        let right = try await Self.curl(url, password: "s3:c@r \"et")
        let wrong = try await Self.curl(url, password: "secret")
        await server.shutdown()
        #expect(right == "status 200 bytes \(QuirkyCamera.sdp.utf8.count)\n")
        #expect(wrong.hasPrefix("status 401"))
        let answers = camera.algorithms.withLockedValue { $0 }
        #expect(!answers.isEmpty && answers.allSatisfy { $0.contains("Digest") })
        if algorithm != .md5 { #expect(answers.allSatisfy { $0.contains("algorithm=\(algorithm.rawValue)") }) }
    }

    private static func curl(_ url: String, password: String) async throws -> String {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Foreign/curl_player.py").resolvingSymlinksInPath()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [script.path(percentEncoded: false), url, "--user", "viewer", "--password", password]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
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
