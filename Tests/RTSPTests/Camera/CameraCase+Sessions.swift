import GatewayCore
import NIOCore

@testable import RTSP

extension CameraCase {
    private static func request(_ method: RTSPMethod, _ body: String = "") -> [UInt8] {
        var buffer = ByteBuffer()
        let headers: RTSPHeaders = body.isEmpty ? ["CSeq": "900"] : ["CSeq": "900", "Content-Type": "application/sdp"]
        RTSPRequest(method: method, uri: "*", headers: headers, body: ByteBuffer(string: body)).serialize(into: &buffer)
        return Array(buffer.readableBytesView)
    }

    private static func asks(_ name: String, _ method: RTSPMethod, _ body: String = "") -> CameraCase {
        media(name) { frames in
            Array(frames.prefix(2)) + [request(method, body)] + Array(frames.dropFirst(2))
        }
    }

    private static func transport(
        _ name: String, _ value: String?, channel: UInt8, _ expectation: Expectation = .pictures
    ) -> CameraCase {
        var each = headers(name, .setup, ["Transport": value], expectation)
        each.camera.channel = channel
        return each
    }

    private static func only(_ choice: TransportChoice, _ each: CameraCase) -> CameraCase {
        var each = each
        each.configure = { $0.transport = choice }
        return each
    }

    /// Sessions, transports and requests of the camera.
    static let sessions: [CameraCase] = [
        asks("OPTIONS of the camera in the middle of the stream", .options),
        asks("GET_PARAMETER of the camera in the middle of the stream", .getParameter),
        asks("SET_PARAMETER with a body in the middle of the stream", .setParameter, "$brightness: 7"),
        asks("ANNOUNCE of a new description in the middle of the stream", .announce, QuirkyCamera.sdp),
        asks("REDIRECT in the middle of the stream", .redirect),
        asks("a method that nobody knows", RTSPMethod(rawValue: "PING")),
        CameraCase("a request of the camera before it answers") { $0.camera.before[.describe] = request(.options) },
        CameraCase("a hundred requests in one go") { each in
            each.camera.media = { frames in [(0..<100).flatMap { _ in request(.options) }] + frames }
        },
        media("TEARDOWN by the camera", .refused(.unreachable, nil, "ended the session")) {
            Array($0.prefix(2)) + [request(.teardown)]
        },
        headers("a session time-out with spaces", .setup, ["Session": "abc ; Timeout = 30"]),
        headers("a session time-out with a unit", .setup, ["Session": "abc;timeout=60s"]),
        headers("a session time-out of nonsense", .setup, ["Session": "abc;timeout=-1;timeout=x"]),
        headers("a session of many signs", .setup, ["Session": "$%&+ /=?;timeout=60"]),
        headers("no session", .setup, ["Session": nil]),
        CameraCase("a session that changes with PLAY") { each in
            each.camera.answer = { if $0 == .play { $1.headers["Session"] = "xyz" } }
            each.check = { $0.last?.method == .teardown && $0.last?.headers["Session"] == "xyz" }
        },
        CameraCase("a session that the first refused SETUP named already") { each in
            each.credentials = .canary
            each.camera.script = { requests, _ in
                guard requests.last?.method == .setup, requests.count(where: { $0.method == .setup }) == 1 else { return nil }
                return [ScriptedCamera.response(401, ["Session": "old", "WWW-Authenticate": "Basic realm=\"x\""])]
            }
            each.check = { $0.filter { $0.method == .setup }.allSatisfy { $0.headers["Session"] == nil } }
        },
        CameraCase("keep-alives that are never answered") { each in
            each.camera.answer = { if $0 == .setup { $1.headers["Session"] = "abc;timeout=1" } }
            each.camera.media = { _ in [] }
            each.camera.script = { requests, _ in
                guard requests.last?.method == .getParameter else { return nil }
                return requests.count(where: { $0.method == .getParameter }) == 1
                    ? [] : CameraPictures.standard.frames.map { .bytes($0) }
            }
        },
        transport("other channels than asked for", "RTP/AVP/TCP;unicast;interleaved=4-5", channel: 4),
        transport("channels at the top", "RTP/AVP/TCP;unicast;interleaved=254-255", channel: 254),
        transport("no channels named", "RTP/AVP/TCP;unicast", channel: 0),
        transport("no transport named", nil, channel: 0),
        transport("one channel named", "RTP/AVP/TCP;unicast;interleaved=6", channel: 6),
        transport("RTP and RTCP on one channel", "RTP/AVP/TCP;unicast;interleaved=0-0", channel: 0),
        transport("a transport without TCP in its name", "RTP/AVP;unicast;interleaved=0-1;ssrc=CAFE0001;mode=play", channel: 0),
        transport("a transport in quotes and lower case", "rtp/avp/tcp; unicast; interleaved=\"2-3\"; mode=\"PLAY\"", channel: 2),
        transport("channels of nonsense", "RTP/AVP/TCP;unicast;interleaved=900-901", channel: 0),
        only(
            .tcp,
            transport(
                "UDP although TCP was asked for, and nothing else may be", "RTP/AVP;unicast;client_port=0-1;server_port=6970-6971",
                channel: 0,
                .refused(.unsupported, .setup, "does not send over the RTSP connection"))),
        status(405, to: .options, "OPTIONS not allowed"),
        status(501, to: .options, "OPTIONS not implemented"),
        status(404, to: .options, "OPTIONS not found"),
        headers("Public absent", .options, ["Public": nil]),
        headers("RTP-Info absent", .play, ["RTP-Info": nil]),
        headers("RTP-Info of another stream", .play, ["RTP-Info": "url=rtsp://192.0.2.9/x;seq=17;rtptime=0"]),
        headers("RTP-Info of nonsense", .play, ["RTP-Info": "url=,,;seq=-1;rtptime=99999999999999999999"]),
        headers("Range and Scale of nonsense", .play, ["Range": "npt=--", "Scale": "x"]),
    ]
}
