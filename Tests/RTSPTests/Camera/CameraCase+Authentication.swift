import Foundation
import GatewayCore
import NIOConcurrencyHelpers
import NIOCore

@testable import RTSP

extension StreamCredentials {
    static let canary = StreamCredentials(username: "canary-user", password: "canary-word")
}

extension CameraCase {
    /// A camera that lets in only who answers its verifier. One verifier a connection.
    private static func guarded(
        _ name: String, _ schemes: [DigestVerifier.Scheme], qop: Bool = false, right: StreamCredentials = .canary,
        given: StreamCredentials? = nil, rotates: Set<RTSPMethod> = [], _ expectation: Expectation = .pictures,
        rewrite: @escaping @Sendable (String) -> String = { $0 }
    ) -> CameraCase {
        let verifiers = NIOLockedValueBox<[Int: DigestVerifier]>([:])
        return CameraCase(name, expectation) { each in
            each.credentials = given ?? right
            each.camera.script = { requests, connection in
                guard let request = requests.last, request.method != .options else { return nil }
                return verifiers.withLockedValue { verifiers in
                    var verifier =
                        verifiers[connection]
                        ?? DigestVerifier(
                            realm: "IP Camera(\"7\")".replacing("\"", with: ""), credentials: right, schemes: schemes,
                            offersAuth: qop, opaque: qop ? "5ccc" : nil)
                    defer { verifiers[connection] = verifier }
                    if rotates.contains(request.method), requests.count(where: { $0.method == request.method }) == 1 {
                        verifier.rotateNonce()
                    }
                    let verdict = verifier.verify(
                        authorization: request.headers["Authorization"], method: request.method, uri: request.uri)
                    guard verdict != .accepted else { return nil }
                    var headers = RTSPHeaders()
                    for challenge in verifier.challenges(isStale: verdict == .stale) {
                        headers.add("WWW-Authenticate", rewrite(challenge))
                    }
                    return [ScriptedCamera.response(401, headers)]
                }
            }
        }
    }

    /// A camera that answers DESCRIBE with these challenges until the check of the answer holds.
    private static func challenging(
        _ name: String, _ challenges: [String], _ expectation: Expectation = .pictures,
        answer: @escaping @Sendable (String) -> Bool
    ) -> CameraCase {
        CameraCase(name, expectation) { each in
            each.credentials = .canary
            each.camera.script = { requests, _ in
                guard let request = requests.last, request.method == .describe else { return nil }
                if let text = request.headers["Authorization"], answer(text) { return nil }
                var headers = RTSPHeaders()
                for challenge in challenges { headers.add("WWW-Authenticate", challenge) }
                return [ScriptedCamera.response(401, headers)]
            }
        }
    }

    private static func refusals(_ name: String, _ nonces: [String], answers: Int) -> CameraCase {
        CameraCase(name, .refused(.unauthorized, .describe, "refused the user name or the password")) { each in
            each.credentials = .canary
            each.camera.script = { requests, _ in
                guard requests.last?.method == .describe else { return nil }
                let count = requests.count(where: { $0.method == .describe }) - 1
                return [ScriptedCamera.response(401, ["WWW-Authenticate": nonces[min(count, nonces.count - 1)]])]
            }
            each.check = { $0.count(where: { $0.headers["Authorization"] != nil }) == answers }
        }
    }

    private static func keepAlive(_ name: String, _ challenges: [RTSPHeaders], asked: Int) -> CameraCase {
        CameraCase(name) { each in
            each.credentials = .canary
            each.camera.answer = { if $0 == .setup { $1.headers["Session"] = "abc;timeout=1" } }
            each.camera.media = { Array($0.prefix(3)) }
            each.configure = { $0.silenceTimeout = .seconds(3) }
            each.camera.script = { requests, _ in
                guard requests.last?.method == .getParameter else { return nil }
                let count = requests.count(where: { $0.method == .getParameter })
                guard count <= challenges.count else {
                    return [ScriptedCamera.response(200)] + CameraPictures.standard.frames.dropFirst(3).map { .bytes($0) }
                }
                // What is refused for good is not asked again: the rest of the pictures comes all the same.
                let rest = count == asked ? CameraPictures.standard.frames.dropFirst(3).map { ScriptedCamera.Reply.bytes($0) } : []
                return [ScriptedCamera.response(401, challenges[count - 1])] + rest
            }
            each.check = { $0.count(where: { $0.method == .getParameter }) == asked }
        }
    }

    static let authentication: [CameraCase] = [
        guarded("Basic", [.basic]),
        guarded("Digest MD5 without qop", [.digest(.md5)]),
        guarded("Digest MD5 with qop", [.digest(.md5)], qop: true),
        guarded("Digest MD5-sess without qop", [.digest(.md5Session)]),
        guarded("Digest MD5-sess with qop", [.digest(.md5Session)], qop: true),
        guarded("Digest SHA-256 without qop", [.digest(.sha256)]),
        guarded("Digest SHA-256 with qop", [.digest(.sha256)], qop: true),
        guarded("Digest SHA-256-sess with qop", [.digest(.sha256Session)], qop: true),
        guarded("Digest before Basic", [.digest(.md5), .basic]),
        guarded("Basic before Digest", [.basic, .digest(.md5)]),
        guarded("MD5 before SHA-256", [.digest(.md5), .digest(.sha256)], qop: true),
        guarded("a nonce replaced with SETUP", [.digest(.md5)], rotates: [.setup]),
        guarded("a nonce replaced with every request, stale", [.digest(.sha256)], qop: true, rotates: [.setup, .play]),
        guarded("a nonce replaced and not called stale", [.digest(.md5)], rotates: [.setup, .play]) {
            $0.replacing(", stale=true", with: "")
        },
        guarded("the algorithm in quotes and lower case", [.digest(.md5Session)]) {
            $0.replacing("algorithm=MD5-sess", with: "algorithm=\"md5-sess\"")
        },
        guarded("qop as a list in quotes", [.digest(.sha256)], qop: true) { $0.replacing("\"auth\"", with: "\"auth-int,auth\"") },
        guarded("qop without quotes", [.digest(.md5)], qop: true) { $0.replacing("\"auth\"", with: "auth") },
        guarded("an empty qop", [.digest(.md5)]) { $0 + ", qop=\"\"" },
        guarded("a challenge with odd spaces and case", [.digest(.md5)]) {
            $0.replacing("Digest realm=", with: "DIGEST  Realm = ").replacing(", nonce", with: " ,nonce")
        },
        guarded(
            "reserved signs in Basic", [.basic],
            right: StreamCredentials(username: "canary@x", password: "canary:/?#[]@!$&'()*+,;=%25")),
        guarded(
            "reserved signs in Digest", [.digest(.md5)],
            right: StreamCredentials(username: "canary \"q\" \\", password: "canary:/?#[]@!$&'()*+,;=%25\"\\")),
        guarded("Chinese in a password", [.digest(.sha256)], right: StreamCredentials(username: "canary", password: "canary密码")),
        guarded("an empty password", [.digest(.md5)], right: StreamCredentials(username: "canary", password: "")),
        challenging("two challenges in one header", ["Basic realm=\"a, b\", Digest realm=\"r\", nonce=\"n\""]) {
            $0.hasPrefix("Digest") && $0.contains("nonce=\"n\"")
        },
        challenging("a scheme that nobody knows first", ["Negotiate", "Bearer realm=\"x\"", "Basic realm=\"r\""]) {
            $0.hasPrefix("Basic ")
        },
        challenging(
            "an algorithm that nobody knows beside MD5",
            ["Digest realm=\"r\", nonce=\"a\", algorithm=SHA-512-256", "Digest realm=\"r\", nonce=\"b\", algorithm=MD5"]
        ) { $0.contains("nonce=\"b\"") },
        challenging("opaque given back", ["Digest realm=\"r\", nonce=\"n\", opaque=\"a\\\"b=\""]) {
            $0.contains("opaque=\"a\\\"b=\"")
        },
        challenging("an unquoted realm", ["Digest realm=Camera 7, nonce=abc"]) { $0.contains("realm=\"Camera 7\"") },
        challenging(
            "a 401 without challenge", [], .refused(.unauthorized, .describe, "authentication other than")
        ) { _ in true },
        challenging("a scheme that nobody knows alone", ["NTLM"], .refused(.unauthorized, .describe, "other than")) { _ in true },
        CameraCase("credentials demanded where there are none", .refused(.unauthorized, .describe, "demands credentials")) { each in
            each.camera.script = { requests, _ in
                guard requests.last?.method == .describe else { return nil }
                return [ScriptedCamera.response(401, ["WWW-Authenticate": "Basic realm=\"x\""])]
            }
        },
        refusals("a wrong password is tried once", ["Digest realm=\"r\", nonce=\"n\""], answers: 1),
        refusals("a wrong password is tried once, Basic", ["Basic realm=\"r\""], answers: 1),
        refusals(
            "a wrong password is tried once, whatever nonces come",
            ["Digest realm=\"r\", nonce=\"1\"", "Digest realm=\"r\", nonce=\"2\""], answers: 1),
        refusals(
            "a camera that calls every nonce stale is given up", ["Digest realm=\"r\", nonce=\"1\", stale=true"], answers: 2),
        guarded(
            "a wrong password against SHA-256", [.digest(.sha256)], qop: true,
            given: StreamCredentials(username: "canary-user", password: "canary-wrong"),
            .refused(.unauthorized, .describe, "it is not asked again soon")),
        CameraCase("an account that is locked", .refused(.unauthorized, .describe, "forbids")) { each in
            each.credentials = .canary
            each.camera.script = { requests, _ in
                requests.last?.method == .describe ? [ScriptedCamera.response(403)] : nil
            }
        },
        CameraCase("a camera that hangs up after its challenge") { each in
            each.credentials = .canary
            each.camera.script = { requests, _ in
                guard let request = requests.last, request.method == .describe, request.headers["Authorization"] == nil else {
                    return nil
                }
                return [
                    ScriptedCamera.response(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"n\"", "Connection": "Close"]),
                    .close,
                ]
            }
        },
        CameraCase("a challenge to OPTIONS already") { each in
            each.credentials = .canary
            each.camera.script = { requests, _ in
                guard let request = requests.last, request.headers["Authorization"] == nil else { return nil }
                return [ScriptedCamera.response(401, ["WWW-Authenticate": "Basic realm=\"r\""])]
            }
        },
        CameraCase("a digest over a path alone") { each in
            // The control is a path: what is asked for and what is hashed is one and the same text.
            each.credentials = .canary
            each.target = "/live?channel=1"
            each.camera.sdp = QuirkyCamera.sdp.replacing("trackID=1", with: "/live/trackID=1")
            each.camera.script = { requests, _ in
                guard let request = requests.last, request.method != .options else { return nil }
                guard let text = request.headers["Authorization"] else {
                    return [ScriptedCamera.response(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"n\""])]
                }
                return text.contains("uri=\"\(request.uri)\"") && request.uri.hasPrefix("rtsp://127.0.0.1:")
                    ? nil : [ScriptedCamera.response(400)]
            }
        },
        keepAlive(
            "a keep-alive with a replaced nonce", [["WWW-Authenticate": "Digest realm=\"r\", nonce=\"2\", stale=true"]], asked: 2),
        keepAlive(
            "keep-alives refused for good do not end the pictures",
            [["WWW-Authenticate": "Digest realm=\"r\", nonce=\"2\""], ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"3\""]],
            asked: 2),
        CameraCase("a redirect to another camera that wants credentials", .refused(.unauthorized, .describe, "redirects to")) {
            each in
            each.credentials = .canary
            each.camera.script = { requests, connection in
                guard let request = requests.last, request.method == .describe else { return nil }
                if connection > 0 { return [ScriptedCamera.response(401, ["WWW-Authenticate": "Basic realm=\"r\""])] }
                return [ScriptedCamera.response(302, ["Location": request.uri + "/elsewhere"])]
            }
            each.check = { $0.allSatisfy { $0.headers["Authorization"] == nil } }
        },
    ]
}
