import GatewayCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import RTSP

/// The client over loopback against a scripted camera.
@Suite(.timeLimit(.minutes(2))) struct RTSPClientTests {
    let credentials = StreamCredentials(username: "canary-user", password: "canary-word")

    @Test func `packets come whole, in order, and the session is torn down`() async throws {
        let methods = NIOLockedValueBox<[RTSPMethod]>([])
        let script: ScriptedCamera.Script = { requests, _ in
            methods.withLockedValue { $0.append(requests[requests.count - 1].method) }
            return ScriptedCamera.ordinary(requests[requests.count - 1])
        }
        let recording = try await ScriptedCamera.with(script) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live", packets: 20)
        }
        #expect(recording.error?.isCancelled == true && recording.closings == 1 && recording.isPlaying)
        #expect(recording.packets.map { $0.count } == [Int](repeating: 212, count: 20))
        #expect(recording.packets.map { $0[3] } == (0..<20).map { UInt8($0) })
        #expect(recording.presentation?.transport == .interleaved(rtp: 2, rtcp: 3))
        #expect(methods.withLockedValue { $0 } == [.options, .describe, .setup, .play, .teardown])
    }

    static let schemes: [[DigestVerifier.Scheme]] = [
        [.basic], [.digest(.md5)], [.digest(.sha256), .digest(.md5)], [.basic, .digest(.sha256)],
    ]

    @Test(arguments: schemes, [false, true]) func `a camera that demands credentials`(
        schemes: [DigestVerifier.Scheme], offersAuth: Bool
    ) async throws {
        for isRight in [true, false] {
            let verifiers = NIOLockedValueBox<[Int: DigestVerifier]>([:])
            let refusals = NIOLockedValueBox(0)
            let right = credentials
            let script: ScriptedCamera.Script = { requests, connection in
                let request = requests[requests.count - 1]
                guard request.method != .options else { return ScriptedCamera.ordinary(request) }
                return verifiers.withLockedValue { verifiers in
                    var verifier =
                        verifiers[connection]
                        ?? DigestVerifier(realm: "cam", credentials: right, schemes: schemes, offersAuth: offersAuth)
                    // The nonce is good for one use: each further request is told a new one.
                    let verdict = verifier.verify(
                        authorization: request.headers["Authorization"], method: request.method, uri: request.uri)
                    if verdict == .accepted, request.method == .describe { verifier.rotateNonce() }
                    verifiers[connection] = verifier
                    guard verdict != .accepted else { return ScriptedCamera.ordinary(request) }
                    refusals.withLockedValue { $0 += 1 }
                    var headers = RTSPHeaders()
                    for challenge in verifier.challenges(isStale: verdict == .stale) { headers.add("WWW-Authenticate", challenge) }
                    return [ScriptedCamera.response(401, headers)]
                }
            }
            let used = isRight ? right : StreamCredentials(username: right.username, password: "canary-wrong")
            let recording = try await ScriptedCamera.with(script) { camera in
                try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live", credentials: used, packets: 5)
            }
            if isRight {
                #expect(recording.error?.isCancelled == true && recording.packets.count == 5)
            } else {
                #expect(recording.error?.outcome == .unauthorized && recording.error?.advice == .giveUp)
                #expect(refusals.withLockedValue { $0 } == 2, "one question, one answer: cameras lock accounts")
                #expect(!String(describing: recording.error).contains("canary"))
            }
        }
    }

    @Test func `a redirect to itself ends at once`() async throws {
        let connections = NIOLockedValueBox(0)
        let recording = try await ScriptedCamera.with({ requests, connection in
            connections.withLockedValue { $0 = max($0, connection + 1) }
            return [ScriptedCamera.response(302, ["Location": requests[0].uri])]
        }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live")
        }
        #expect(recording.error?.outcome == .redirected)
        #expect(connections.withLockedValue { $0 } == 1)
    }

    @Test func `a redirect to another camera is played, and it never sees the credentials`() async throws {
        let leaked = NIOLockedValueBox(false)
        let recording = try await ScriptedCamera.with({ requests, _ in
            if requests.contains(where: { $0.headers["Authorization"] != nil }) { leaked.withLockedValue { $0 = true } }
            return ScriptedCamera.ordinary(requests[requests.count - 1])
        }) { target in
            let port = target.port
            return try await ScriptedCamera.with({ requests, _ in
                requests.count == 1
                    ? [ScriptedCamera.response(401, ["WWW-Authenticate": "Basic realm=\"x\""])]
                    : [ScriptedCamera.response(302, ["Location": "rtsp://127.0.0.1:\(port)/elsewhere"])]
            }) { camera in
                try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live", credentials: credentials)
            }
        }
        #expect(recording.error?.isCancelled == true && recording.packets.count == 10)
        #expect(recording.presentation?.url.target == "/elsewhere")
        #expect(!leaked.withLockedValue { $0 })
    }

    @Test(arguments: [RTSPMethod.options, .describe, .setup, .play]) func `a camera that falls silent`(at: RTSPMethod) async throws
    {
        let recording = try await ScriptedCamera.with({ requests, _ in
            let request = requests[requests.count - 1]
            return request.method == at ? [] : ScriptedCamera.ordinary(request)
        }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live") { $0.responseTimeout = .seconds(1) }
        }
        #expect(recording.error?.outcome == .timeout)
        #expect(recording.error?.phase.rawValue == at.rawValue.lowercased())
        #expect(recording.elapsed < .seconds(5), "the configured deadline, not another")
    }

    @Test(arguments: [RTSPMethod.options, .describe, .setup, .play]) func `a camera that hangs up instead of answering`(
        at: RTSPMethod
    ) async throws {
        let recording = try await ScriptedCamera.with({ requests, _ in
            let request = requests[requests.count - 1]
            return request.method == at ? [.close] : ScriptedCamera.ordinary(request)
        }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live")
        }
        #expect(recording.error?.outcome == .protocolError)
        #expect(recording.error?.phase.rawValue == at.rawValue.lowercased())
        #expect(recording.error?.message.contains("closed the connection") == true)
    }

    @Test func `an answer that drips byte by byte does not move the deadline`() async throws {
        let recording = try await ScriptedCamera.with({ _, _ in [.bytes(Array("RTSP/1.0 200 OK\r\nX: ".utf8))] }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live") { $0.responseTimeout = .seconds(1) }
        }
        #expect(recording.error?.outcome == .timeout && recording.error?.phase == .options)
    }

    @Test(arguments: [0, 3]) func `a camera that plays nothing, or stops`(packets: Int) async throws {
        let recording = try await ScriptedCamera.with({ requests, _ in
            ScriptedCamera.ordinary(requests[requests.count - 1], packets: packets)
        }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live") {
                $0.firstPacketTimeout = .seconds(1)
                $0.silenceTimeout = .seconds(1)
            }
        }
        #expect(recording.error?.outcome == .timeout && recording.packets.count == packets)
        #expect(recording.error?.phase == (packets == 0 ? .firstPacket : .streaming))
    }

    static let garbage: [[UInt8]] = [
        Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [0, 1, 2, 3, 0xFF], [UInt8](repeating: 0x41, count: 200_000),
        Array("RTSP/1.0 200 OK\r\nContent-Length: five\r\n\r\n".utf8),
        Array("RTSP/1.0 200 OK\r\nContent-Length: 2000000000\r\n\r\n".utf8),
        Array(("RTSP/1.0 200 OK\r\nA: " + String(repeating: "x", count: 100_000)).utf8),
        Array("RTSP/1.0 2000 OK\r\n\r\n".utf8),
    ]

    @Test(arguments: garbage) func `garbage is a protocol error`(bytes: [UInt8]) async throws {
        let recording = try await ScriptedCamera.with({ _, _ in [.bytes(bytes)] }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live") { $0.responseTimeout = .seconds(2) }
        }
        #expect(recording.error?.outcome == .protocolError && recording.error?.phase == .options)
    }

    @Test func `a camera that hangs up while playing`() async throws {
        let recording = try await ScriptedCamera.with({ requests, _ in
            let request = requests[requests.count - 1]
            return ScriptedCamera.ordinary(request, packets: 3) + (request.method == .play ? [.close] : [])
        }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live")
        }
        #expect(recording.error?.outcome == .unreachable && recording.packets.count == 3)
    }

    @Test func `nobody listens`() async throws {
        let port = try await ScriptedCamera.with({ _, _ in [] }) { $0.port }
        let recording = try await Recording.play("rtsp://127.0.0.1:\(port)/live")
        #expect(recording.error?.outcome == .unreachable && recording.error?.phase == .connect)
        #expect(recording.error?.message.contains("refused") == true)
    }

    @Test func `keep-alives go out at half the timeout, and requests of the camera are answered`() async throws {
        let seen = NIOLockedValueBox<[RTSPMethod]>([])
        let recording = try await ScriptedCamera.with({ requests, _ in
            let request = requests[requests.count - 1]
            seen.withLockedValue { $0.append(request.method) }
            switch request.method {
            case .setup: return [ScriptedCamera.response(200, ["Session": "s;timeout=1"])]
            case .play:
                return [.bytes([0x24, 0, 0, 12, 0x80, 96] + [UInt8](repeating: 0, count: 10)), ScriptedCamera.response(200)]
            case .getParameter:
                return [.bytes([0x24, 0, 0, 12, 0x80, 96] + [UInt8](repeating: 0, count: 10)), ScriptedCamera.response(200)]
            default: return ScriptedCamera.ordinary(request)
            }
        }) { camera in
            try await Recording.play("rtsp://127.0.0.1:\(camera.port)/live", packets: 3)
        }
        #expect(recording.packets.count == 3)
        #expect(seen.withLockedValue { $0 } == [.options, .describe, .setup, .play, .getParameter, .getParameter, .teardown])
    }
}
