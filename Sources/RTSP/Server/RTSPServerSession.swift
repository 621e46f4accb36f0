import GatewayCore
import NIOCore

/// The server's half of one RTSP connection as a state machine: a request goes in, an action comes out.
///
/// Knows no channel and no clock. One presentation a connection, one video track, RTP over the connection itself
/// (RFC 2326 sections 10 and 14); everything else is refused with the status that makes players fall back.
struct RTSPServerSession {
    enum Action {
        case respond(RTSPResponse)
        /// Ask the directory; then call ``described(_:)``.
        case describe(PresentationRequest)
        /// Send, then start the presentation.
        case play(RTSPResponse, any Presentation)
        case pause(RTSPResponse, any Presentation)
        /// Send, then end the connection.
        case close(RTSPResponse)
    }

    private enum State {
        case idle
        /// The DESCRIBE that is being looked up.
        case describing(RTSPRequest)
        case described(any Presentation)
        case ready(any Presentation)
        case playing(any Presentation)
        case paused(any Presentation)
        case closed
    }

    static let publicMethods = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
    static let sessionTimeout: Duration = .seconds(60)

    private var state = State.idle
    private let sessionID: String
    private let peer: String

    init(sessionID: String, peer: String) {
        self.sessionID = sessionID
        self.peer = peer
    }

    var isDescribing: Bool { if case .describing = state { true } else { false } }
    var isPlaying: Bool { if case .playing = state { true } else { false } }
    var isPaused: Bool { if case .paused = state { true } else { false } }

    var presentation: (any Presentation)? {
        switch state {
        case .described(let presentation), .ready(let presentation), .playing(let presentation), .paused(let presentation):
            presentation
        case .idle, .describing, .closed: nil
        }
    }

    mutating func receive(_ request: RTSPRequest) -> Action {
        if let refusal = presentation?.challenge(request) {
            // 403: the right to it is gone, and nothing that the client says on this connection brings it back.
            let response = answer(request, refusal)
            return refusal.status == 403 ? .close(response) : .respond(response)
        }
        if let session = request.headers["Session"], SessionHeader.parse(session)?.id != sessionID {
            return .respond(answer(request, 454))
        }
        switch request.method {
        case .options:
            return .respond(answer(request, 200, ["Public": Self.publicMethods]))
        case .describe: return describe(request)
        case .setup: return setup(request)
        case .play: return play(request)
        case .pause: return pause(request)
        case .getParameter, .setParameter:
            return .respond(answer(request, 200, presentation == nil ? [:] : ["Session": sessionID]))
        case .teardown:
            // The presentation is handed back by ``ended()``, as for every other end of the connection.
            return .close(answer(request, 200, ["Session": sessionID]))
        case .announce, .record:
            return .respond(answer(request, 405, ["Allow": Self.publicMethods]))
        default:
            return .respond(answer(request, 501))
        }
    }

    /// The directory's answer to the DESCRIBE under way. A presentation comes back if nobody took it: end it.
    mutating func described(_ result: PresentationAnswer?) -> (response: RTSPResponse?, orphan: (any Presentation)?) {
        guard case .describing(let request) = state else {
            if case .presentation(let presentation) = result { return (nil, presentation) }
            return (nil, nil)
        }
        switch result {
        case .presentation(let presentation):
            state = .described(presentation)
            var response = answer(
                request, 200, ["Content-Type": "application/sdp", "Content-Base": Self.base(of: request.uri)])
            response.body = ByteBuffer(string: presentation.sessionDescription)
            return (response, nil)
        case .refused(let status, let headers):
            state = .idle
            return (answer(request, RTSPResponse(status: status, headers: headers)), nil)
        case nil:
            state = .idle
            return (answer(request, 503, ["Retry-After": "5"]), nil)
        }
    }

    /// The connection ended; the presentation, if there is one, is handed back once.
    mutating func ended() -> (any Presentation)? {
        defer { state = .closed }
        return presentation
    }

    private mutating func describe(_ request: RTSPRequest) -> Action {
        switch state {
        case .idle: break
        case .describing, .described, .ready, .playing, .paused, .closed: return .respond(answer(request, 455))
        }
        guard let (path, query) = Self.target(of: request.uri) else { return .respond(answer(request, 400)) }
        state = .describing(request)
        return .describe(PresentationRequest(uri: request.uri, path: path, query: query, headers: request.headers, peer: peer))
    }

    private mutating func setup(_ request: RTSPRequest) -> Action {
        switch state {
        case .described(let presentation), .ready(let presentation):
            let offers = TransportHeader.parse(request.headers["Transport"] ?? "")
            guard offers.contains(where: \.isInterleaved) else { return .respond(answer(request, 461)) }
            state = .ready(presentation)
            return .respond(
                answer(
                    request, 200,
                    [
                        "Transport": "RTP/AVP/TCP;unicast;interleaved=0-1",
                        "Session": SessionHeader(id: sessionID, timeout: Self.sessionTimeout).serialize(),
                    ]))
        case .idle, .describing, .playing, .paused, .closed:
            // Without a DESCRIBE on this very connection nobody knows what is meant, nor whether it is allowed.
            return .respond(answer(request, 455))
        }
    }

    private mutating func play(_ request: RTSPRequest) -> Action {
        switch state {
        case .ready(let presentation), .paused(let presentation):
            state = .playing(presentation)
            return .play(answer(request, 200, ["Session": sessionID, "Range": "npt=now-"]), presentation)
        case .playing:
            return .respond(answer(request, 200, ["Session": sessionID]))
        case .idle, .describing, .described, .closed:
            return .respond(answer(request, 455))
        }
    }

    private mutating func pause(_ request: RTSPRequest) -> Action {
        switch state {
        case .playing(let presentation):
            state = .paused(presentation)
            return .pause(answer(request, 200, ["Session": sessionID]), presentation)
        case .ready, .paused:
            return .respond(answer(request, 200, ["Session": sessionID]))
        case .idle, .describing, .described, .closed:
            return .respond(answer(request, 455))
        }
    }

    private func answer(_ request: RTSPRequest, _ status: Int, _ headers: KeyValuePairs<String, String> = [:]) -> RTSPResponse {
        answer(request, RTSPResponse(status: status, headers: RTSPHeaders(headers)))
    }

    private func answer(_ request: RTSPRequest, _ response: RTSPResponse) -> RTSPResponse {
        var response = response
        response.headers.replace("CSeq", request.headers["CSeq"] ?? "0")
        response.headers.replace("Server", "Lookout")
        return response
    }

    /// Path and query of a request URI, absolute or path only.
    static func target(of uri: String) -> (path: String, query: String?)? {
        var rest = uri[...]
        if let mark = uri.range(of: "://") {
            guard uri[..<mark.lowerBound].lowercased().hasPrefix("rtsp") else { return nil }
            let afterAuthority = uri[mark.upperBound...]
            rest = afterAuthority.firstIndex(where: { $0 == "/" || $0 == "?" }).map { afterAuthority[$0...] } ?? "/"
        }
        guard rest.hasPrefix("/") || rest.hasPrefix("?") else { return nil }
        let question = rest.firstIndex(of: "?")
        let path = rest[..<(question ?? rest.endIndex)]
        return (path.isEmpty ? "/" : String(path), question.map { String(rest[rest.index(after: $0)...]) })
    }

    /// The URI without its query, with a slash at its end, so that `track1` resolves below it and no ticket is repeated.
    static func base(of uri: String) -> String {
        let withoutQuery = uri.prefix(while: { $0 != "?" })
        return withoutQuery.hasSuffix("/") ? String(withoutQuery) : withoutQuery + "/"
    }
}
