import GatewayCore
import NIOCore

/// The server's half of one RTSP connection as a state machine: a request goes in, an action comes out.
///
/// Knows no channel and no clock. One presentation a connection, its video and beside it the sound, RTP over the connection
/// itself or by unicast datagrams (RFC 2326 sections 10 and 14), both tracks alike; everything else is refused with the status
/// that makes players fall back. Or one publication, by the same ways.
/// A session lives and dies with its connection: nobody else can name it.
struct RTSPServerSession {
    enum Action {
        case respond(RTSPResponse)
        /// Ask the directory; then call ``described(_:)``.
        case describe(PresentationRequest)
        /// Open two ports for a track; then call ``bound(_:)``.
        case bind(Track, ServerTransport.ClientPorts)
        /// Start the presentation; then call ``started(at:)`` and send what it gives.
        case play(any Presentation)
        case pause(RTSPResponse, any Presentation)
        /// Ask the directory of publications; then call ``announced(_:)``.
        case announce(PublicationRequest)
        /// Open two ports for a track that is published; then call ``opened(_:)``.
        case open(track: Int)
        /// Begin the publication; then call ``engaged(_:)`` and send what it gives.
        case record(any Publication, video: PublishedTracks.Way, all: Set<UInt8>)
        case halt(RTSPResponse, any Publication)
        /// Send, then end the connection.
        case close(RTSPResponse)
    }

    /// By the number in its control URL.
    enum Track: Int {
        case video = 1
        case audio = 2
    }

    /// A SETUP for which ports are opened.
    struct Binding {
        let request: RTSPRequest
        let track: Track
        let ports: ServerTransport.ClientPorts
        let presentation: any Presentation
        /// Whether the video was set up before.
        let wasReady: Bool
    }

    enum State {
        case idle
        /// The DESCRIBE that is being looked up.
        case describing(RTSPRequest)
        case described(any Presentation)
        case binding(Binding)
        case ready(any Presentation)
        /// The PLAY whose first packet is looked up.
        case starting(RTSPRequest, any Presentation)
        case playing(any Presentation)
        case paused(any Presentation)
        /// The ANNOUNCE that is being looked up.
        case announcing(RTSPRequest, PublishedTracks)
        case announced(Announced)
        /// The SETUP for which ports are opened.
        case opening(Opening)
        /// The RECORD that waits for its feed.
        case engaging(RTSPRequest, Announced)
        case recording(Announced)
        case closed
    }

    private static let methods = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
    var publicMethods: String { takesPublications ? Self.methods + ", ANNOUNCE, RECORD" : Self.methods }
    static let sessionTimeout: Duration = .seconds(60)
    static let track = "track1"

    var state = State.idle
    let sessionID: String
    let peer: String
    let allowsDatagrams: Bool
    let takesPublications: Bool
    /// How the tracks that are set up leave.
    private var leaves: ServerTransport.Kind?
    /// `Content-Base` of the answer to DESCRIBE.
    private var base = ""

    init(sessionID: String, peer: String, allowsDatagrams: Bool = false, takesPublications: Bool = false) {
        self.sessionID = sessionID
        self.peer = peer
        self.allowsDatagrams = allowsDatagrams
        self.takesPublications = takesPublications
    }

    /// Something that was asked for is under way: no request is taken meanwhile.
    var isBusy: Bool {
        switch state {
        case .describing, .binding, .starting, .announcing, .opening, .engaging: true
        case .idle, .described, .ready, .playing, .paused, .announced, .recording, .closed: false
        }
    }
    var isPlaying: Bool { if case .playing = state { true } else { false } }
    var isPaused: Bool { if case .paused = state { true } else { false } }

    var presentation: (any Presentation)? {
        switch state {
        case .described(let presentation), .ready(let presentation), .starting(_, let presentation), .playing(let presentation),
            .paused(let presentation):
            presentation
        case .binding(let binding): binding.presentation
        case .idle, .describing, .announcing, .announced, .opening, .engaging, .recording, .closed: nil
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
            return .respond(answer(request, 200, ["Public": publicMethods]))
        case .describe: return describe(request)
        case .setup: return setup(request)
        case .play: return play(request)
        case .pause: return pause(request)
        case .getParameter, .setParameter:
            // There is no parameter; without one it says that the client lives.
            guard request.body.readableBytes == 0 else { return .respond(answer(request, 451)) }
            let isSession = presentation != nil || publication != nil
            return .respond(answer(request, 200, isSession ? ["Session": sessionID] : [:]))
        case .teardown:
            // What is bound to the connection is handed back as for every other end of it.
            return .close(answer(request, 200, ["Session": sessionID]))
        case .announce: return announce(request)
        case .record: return record(request)
        case .redirect: return .respond(answer(request, 405, ["Allow": publicMethods]))
        default:
            return .respond(answer(request, 501, ["Public": publicMethods]))
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
            base = Self.base(of: request.uri)
            var response = answer(request, 200, ["Content-Type": "application/sdp", "Content-Base": base])
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

    /// The lower of the two ports that were opened for the SETUP under way; `nil` if there were none to be had. No answer:
    /// nobody waits for them any more.
    mutating func bound(_ port: Int?) -> RTSPResponse? {
        guard case .binding(let binding) = state else { return nil }
        let (ports, isReady) = (binding.ports, binding.wasReady || port != nil && binding.track == .video)
        state = isReady ? .ready(binding.presentation) : .described(binding.presentation)
        guard let port else { return answer(binding.request, 503, ["Retry-After": "5"]) }
        leaves = .datagrams
        return setUp(
            binding.request, "RTP/AVP;unicast;client_port=\(ports.rtp)-\(ports.rtcp);server_port=\(port)-\(port + 1)")
    }

    /// Where the PLAY under way begins, if that is known. No answer: it is not under way any more.
    mutating func started(at position: PacketPosition?) -> RTSPResponse? {
        guard case .starting(let request, let presentation) = state else { return nil }
        state = .playing(presentation)
        var response = answer(request, 200, ["Session": sessionID, "Range": "npt=now-"])
        if let position {
            response.headers.add("RTP-Info", "url=\(base)\(Self.track);seq=\(position.sequence);rtptime=\(position.timestamp)")
        }
        return response
    }

    /// The connection ended; the presentation, if there is one, is handed back once. Take ``publication`` before.
    mutating func ended() -> (any Presentation)? {
        defer { state = .closed }
        return presentation
    }

    private mutating func describe(_ request: RTSPRequest) -> Action {
        guard case .idle = state else { return .respond(answer(request, 455)) }
        guard let (path, query) = Self.target(of: request.uri) else { return .respond(answer(request, 400)) }
        state = .describing(request)
        return .describe(PresentationRequest(uri: request.uri, path: path, query: query, headers: request.headers, peer: peer))
    }

    private mutating func setup(_ request: RTSPRequest) -> Action {
        switch state {
        case .described(let presentation), .ready(let presentation):
            guard let track = Self.track(request.uri), track == .video || presentation.setUpAudio() else {
                return .respond(answer(request, 404))
            }
            let transport = ServerTransport.choose(
                request.headers["Transport"] ?? "", allowsDatagrams: allowsDatagrams, address: Self.address(of: peer))
            // What was set up one way does not leave another.
            guard let transport, leaves == nil || leaves == transport.kind else { return .respond(answer(request, 461)) }
            var wasReady = false
            if case .ready = state { wasReady = true }
            switch transport {
            case .interleaved:
                leaves = .interleaved
                if track == .video { state = .ready(presentation) }
                return .respond(setUp(request, "RTP/AVP/TCP;unicast;interleaved=\(track == .video ? "0-1" : "2-3")"))
            case .datagrams(let ports):
                state = .binding(
                    Binding(request: request, track: track, ports: ports, presentation: presentation, wasReady: wasReady))
                return .bind(track, ports)
            }
        case .announced(let announced): return setUp(announced, request)
        case .idle, .describing, .binding, .starting, .playing, .paused, .announcing, .opening, .engaging, .recording, .closed:
            // Without a DESCRIBE on this very connection nobody knows what is meant, nor whether it is allowed.
            return .respond(answer(request, 455))
        }
    }

    func setUp(_ request: RTSPRequest, _ transport: String) -> RTSPResponse {
        answer(
            request, 200,
            ["Transport": transport, "Session": SessionHeader(id: sessionID, timeout: Self.sessionTimeout).serialize()])
    }

    private mutating func play(_ request: RTSPRequest) -> Action {
        switch state {
        case .ready(let presentation), .paused(let presentation):
            // What is live begins now, whatever second of it is asked for; a time of day is footage's.
            if let range = request.headers["Range"], !range.trimmed().lowercased().hasPrefix("npt") {
                return .respond(answer(request, 457, ["Session": sessionID]))
            }
            state = .starting(request, presentation)
            return .play(presentation)
        case .playing:
            return .respond(answer(request, 200, ["Session": sessionID, "Range": "npt=now-"]))
        case .idle, .describing, .described, .binding, .starting, .announcing, .announced, .opening, .engaging, .recording,
            .closed:
            return .respond(answer(request, 455))
        }
    }

    private mutating func pause(_ request: RTSPRequest) -> Action {
        switch state {
        case .playing(let presentation):
            state = .paused(presentation)
            return .pause(answer(request, 200, ["Session": sessionID]), presentation)
        case .recording(let announced): return pause(announced, request)
        case .ready, .paused:
            return .respond(answer(request, 200, ["Session": sessionID]))
        case .idle, .describing, .described, .binding, .starting, .announcing, .announced, .opening, .engaging, .closed:
            return .respond(answer(request, 455))
        }
    }

    func answer(_ request: RTSPRequest, _ status: Int, _ headers: KeyValuePairs<String, String> = [:]) -> RTSPResponse {
        answer(request, RTSPResponse(status: status, headers: RTSPHeaders(headers)))
    }

    func answer(_ request: RTSPRequest, _ response: RTSPResponse) -> RTSPResponse {
        var response = response
        response.headers.replace("CSeq", request.headers["CSeq"] ?? "0")
        response.headers.replace("Server", "Lookout")
        return response
    }
}

// MARK: - URIs

extension RTSPServerSession {
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

    /// Which track a SETUP means: by its name, or the video by that of the presentation. Players write the base as they
    /// found it, with another host or a query in the middle, so only a track of another name is another. `nil` for one that
    /// does not exist.
    static func track(_ uri: String) -> Track? {
        guard let last = uri.split(separator: "/").last else { return nil }
        let name = last.prefix { $0 != "?" }
        guard name.hasPrefix("track"), let number = Int(name.dropFirst(5)) else { return .video }
        return Track(rawValue: number)
    }

    /// `127.0.0.1` of `127.0.0.1:554`.
    static func address(of peer: String) -> String { String(peer[..<(peer.lastIndex(of: ":") ?? peer.endIndex)]) }
}
