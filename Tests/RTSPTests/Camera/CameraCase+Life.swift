import NIOCore

@testable import RTSP

extension CameraCase {
    private static func silent(_ name: String, _ method: RTSPMethod, _ phase: RTSPClientPhase) -> CameraCase {
        CameraCase(name, .refused(.timeout, phase, "did not answer \(method) in time")) { each in
            each.camera.script = { requests, _ in requests.last?.method == method ? [] : nil }
            each.configure = { $0.responseTimeout = .seconds(1) }
        }
    }

    private static func hangsUp(_ name: String, _ method: RTSPMethod, _ phase: RTSPClientPhase) -> CameraCase {
        CameraCase(name, .refused(.protocolError, phase, "closed the connection instead of answering")) { each in
            each.camera.script = { requests, _ in requests.last?.method == method ? [.close] : nil }
        }
    }

    private static func refused(_ status: Int, _ expectation: Expectation) -> CameraCase {
        self.status(status, to: .describe, "status \(status)", expectation)
    }

    /// After the first packets only `bytes` come, over and over: the picture is gone all the same.
    private static func gone(_ name: String, _ bytes: [UInt8], after packets: Int = 3) -> CameraCase {
        let phase: RTSPClientPhase = packets > 0 ? .streaming : .firstPacket
        let message = packets > 0 ? "stopped sending video" : "agreed to play but sent no video"
        return CameraCase(name, .refused(.timeout, phase, message)) { each in
            each.camera.media = { Array($0.prefix(packets)) + [bytes] }
            each.camera.answer = { if $0 == .setup { $1.headers["Session"] = "abc;timeout=1" } }
            each.camera.script = { requests, _ in
                // Each keep-alive is answered, and more of the same follows: only pictures count.
                requests.last?.method == .getParameter ? [ScriptedCamera.response(200), .bytes(bytes)] : nil
            }
            each.configure = {
                $0.silenceTimeout = .milliseconds(1_200)
                $0.firstPacketTimeout = .milliseconds(1_200)
            }
        }
    }

    /// Refusals and ends.
    static let life: [CameraCase] = [
        refused(400, .refused(.protocolError, .describe, "status 400")),
        refused(403, .refused(.unauthorized, .describe, "forbids")),
        refused(404, .refused(.notFound, .describe, "no such stream")),
        refused(406, .refused(.unsupported, .describe, "status 406")),
        refused(410, .refused(.notFound, .describe, "no such stream")),
        refused(453, .refused(.protocolError, .describe, "busy: the camera answers DESCRIBE with status 453")),
        refused(500, .refused(.protocolError, .describe, "status 500")),
        refused(503, .refused(.protocolError, .describe, "busy: the camera answers DESCRIBE with status 503")),
        status(
            453, to: .setup, "no bandwidth for another session",
            .refused(.protocolError, .setup, "busy: the camera answers SETUP with status 453")),
        status(461, to: .setup, "no interleaved transport", .refused(.unsupported, .setup, "status 461")),
        status(454, to: .play, "a session forgotten at once", .refused(.protocolError, .play, "status 454")),
        status(
            503, to: .play, "too busy to play", .refused(.protocolError, .play, "busy: the camera answers PLAY with status 503")),
        silent("silence at OPTIONS", .options, .options),
        silent("silence at DESCRIBE", .describe, .describe),
        silent("silence at SETUP", .setup, .setup),
        silent("silence at PLAY", .play, .play),
        hangsUp("the end at OPTIONS", .options, .options),
        hangsUp("the end at DESCRIBE", .describe, .describe),
        hangsUp("the end at SETUP", .setup, .setup),
        hangsUp("the end at PLAY", .play, .play),
        gone("power loss: TCP stands, nothing comes", []),
        gone("RTCP alone is no picture", CameraPictures.report()),
        gone("foreign audio alone is no picture", CameraPictures.frame([0x80, 8] + [UInt8](repeating: 0, count: 90), channel: 2)),
        gone(
            "empty packets alone are no picture", CameraPictures.frame([0x80, 96] + [UInt8](repeating: 0, count: 10), channel: 0)),
        gone("PLAY, and nothing", [], after: 0),
        gone("PLAY, and empty packets", CameraPictures.frame([0x80, 96] + [UInt8](repeating: 0, count: 10), channel: 0), after: 0),
        CameraCase("the end in the middle of a picture", .refused(.unreachable, .streaming, "closed the connection")) { each in
            each.camera.script = { requests, _ in
                guard requests.last?.method == .play else { return nil }
                return [ScriptedCamera.response(200)] + CameraPictures.standard.frames.prefix(4).map { .bytes($0) } + [.close]
            }
        },
        CameraCase(
            "a response that drips does not move the deadline", .refused(.timeout, .describe, "did not answer DESCRIBE in time")
        ) { each in
            each.camera.text = { $0 == .describe ? String($1.prefix(60)) : $1 }
            each.configure = { $0.responseTimeout = .seconds(1) }
        },
        CameraCase("each answer in time, all of them together not", .refused(.timeout, nil, "did not answer")) { each in
            each.configure = {
                $0.startTimeout = .seconds(1)
                $0.responseTimeout = .seconds(30)
            }
            each.camera.script = { requests, _ in requests.last?.method == .setup ? [] : nil }
        },
        CameraCase("a redirect to itself", .refused(.redirected, .describe, "circle")) { each in
            each.camera.script = { requests, _ in
                guard let request = requests.last, request.method == .describe else { return nil }
                return [ScriptedCamera.response(302, ["Location": request.uri])]
            }
        },
        CameraCase("a redirect that is followed") { each in
            each.camera.script = { requests, connection in
                guard let request = requests.last, request.method == .describe, connection == 0 else { return nil }
                return [ScriptedCamera.response(301, ["Location": request.uri + "/moved"])]
            }
        },
        CameraCase("a redirect of PLAY") { each in
            each.camera.script = { requests, connection in
                guard let request = requests.last, request.method == .play, connection == 0 else { return nil }
                return [ScriptedCamera.response(302, ["Location": request.uri.replacing("/live", with: "/other")])]
            }
        },
        CameraCase("a redirect without place", .refused(.redirected, .describe, "no rtsp:// address")) { each in
            each.camera.script = { requests, _ in requests.last?.method == .describe ? [ScriptedCamera.response(302)] : nil }
        },
        CameraCase("redirects without end", .refused(.redirected, .describe, "more than")) { each in
            each.camera.script = { requests, connection in
                guard let request = requests.last, request.method == .describe else { return nil }
                return [ScriptedCamera.response(302, ["Location": request.uri + "/\(connection)"])]
            }
        },
    ]
}
