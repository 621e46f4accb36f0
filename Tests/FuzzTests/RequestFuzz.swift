import GatewayCore
import NIOCore

@testable import FeedRelay
@testable import RTSP

/// A player's or publisher's side of the gateway's RTSP server.
enum RequestFuzz {
    private static let ticket = "good"

    static func run(_ input: inout FuzzInput) throws(BrokenInvariant) {
        let mode = input.byte()
        let cuts = Cuts(seed: input.byte())
        let bytes = input.remainder()
        if mode & 128 != 0 { return try PublisherWatch.run(bytes, cuts: cuts) }
        let decoded = try Decoded(bytes, cuts: cuts, limits: .player, channels: [])
        var watch = SessionWatch(
            ticket: ticket, lookups: mode & 3, allowsDatagrams: mode & 32 != 0, takesPublications: mode & 64 != 0)
        for element in decoded.elements {
            guard case .request(let request) = element, !watch.isClosed else { continue }
            try watch.receive(request)
            try authenticate(request, mode)
        }
        try watch.end()
    }

    /// As a camera of the simulator asks: only the right answer is accepted, and the client's own answer is one.
    private static func authenticate(_ request: RTSPRequest, _ mode: UInt8) throws(BrokenInvariant) {
        let credentials = StreamCredentials(username: "viewer", password: "correct-horse-7")
        let schemes: [DigestVerifier.Scheme] = mode & 4 == 0 ? [.digest(.md5), .basic] : [.digest(.sha256), .digest(.md5)]
        var verifier = DigestVerifier(realm: "gateway", credentials: credentials, schemes: schemes, offersAuth: mode & 8 != 0)
        let verdict = verifier.verify(authorization: request.headers["Authorization"], method: request.method, uri: request.uri)
        let basic = "dmlld2VyOmNvcnJlY3QtaG9yc2UtNw=="
        try require(verdict != .accepted || request.headers["Authorization"]?.contains(basic) == true, "a stranger is accepted")
        guard mode & 16 != 0, !request.uri.contains("\""), !request.uri.contains("\\"), request.uri.utf8.count < 4_096 else {
            return
        }
        var authorizer = Authorizer(credentials: credentials)
        let answer = authorizer.authorization(
            for: request.method, uri: request.uri, challenges: AuthenticationChallenge.parse(verifier.challenges()))
        let own = verifier.verify(authorization: answer, method: request.method, uri: request.uri)
        try require(own == .accepted, "the client's own answer is \(own)")
    }
}

/// Holds the server's state machine to what a viewer's right depends on.
private struct SessionWatch {
    private final class Show: Presentation {
        let sessionDescription = "v=0\r\nm=video 0 RTP/AVP 96\r\na=control:track1\r\n"
        var isEnded = false
        func play(into sink: any InterleavedSink) {}
        func pause() {}
        func teardown() { isEnded = true }
    }

    private final class Broadcast: Publication {
        func begin(
            on connection: any PublisherConnection, video: TransportHeader.Channels, answer: @escaping (RTSPResponse?) -> Void
        ) {}
        func received(_ frames: ByteBuffer) {}
        func received(packet: RawSpan) {}
        func received(control: RawSpan) {}
        func readComplete(byteCount: Int) {}
        func pause() {}
        func teardown() {}
    }

    private let ticket: String
    private let lookups: UInt8
    private let allowsDatagrams: Bool
    private let takesPublications: Bool
    private var session: RTSPServerSession
    private var show: Show?
    private var broadcast: Broadcast?
    private var isSetUp = false
    private var hasEnded = false
    private(set) var isClosed = false

    /// - Parameter lookups: 0 answers each DESCRIBE by its ticket, 1 fails, 2 refuses, 3 ends the connection meanwhile.
    init(ticket: String, lookups: UInt8, allowsDatagrams: Bool, takesPublications: Bool) {
        session = RTSPServerSession(
            sessionID: "s1", peer: "192.0.2.9:1", allowsDatagrams: allowsDatagrams, takesPublications: takesPublications)
        self.takesPublications = takesPublications
        self.allowsDatagrams = allowsDatagrams
        self.ticket = ticket
        self.lookups = lookups
    }

    mutating func receive(_ request: RTSPRequest) throws(BrokenInvariant) {
        switch session.receive(request) {
        case .respond(let response):
            if request.method == .setup, response.status == 200 {
                try require(show != nil || broadcast != nil, "a track is set up before it was described or announced")
                isSetUp = true
            }
            try check(response, to: request)
        case .describe(let lookup): try describe(lookup, request)
        case .bind(_, let ports):
            try require(show != nil && session.isBusy, "ports are opened before anything was described")
            try require(allowsDatagrams && ports.rtp > 0 && ports.rtcp > 0, "ports \(ports) of a client that may have none")
            guard let response = session.bound(lookups == 2 ? nil : 40_000), !session.isBusy, session.bound(40_002) == nil else {
                throw BrokenInvariant(description: "a SETUP is not answered once")
            }
            isSetUp = isSetUp || response.status == 200
            try check(response, to: request)
        case .play(let presentation):
            try require(presentation === show && isSetUp && session.isBusy, "something plays that was not set up")
            let position = request.uri.utf8.count & 1 == 0 ? PacketPosition(sequence: 65_535, timestamp: .max) : nil
            guard let response = session.started(at: position), session.started(at: position) == nil else {
                throw BrokenInvariant(description: "a PLAY is not answered once")
            }
            try require(session.isPlaying, "it plays and does not know it")
            try require(response.headers["RTP-Info"]?.contains("?") != true, "an RTP-Info with its ticket")
            try check(response, to: request)
        case .pause(let response, let presentation):
            try require(presentation === show && session.isPaused, "something pauses that did not play")
            try check(response, to: request)
        case .announce(let lookup): try announce(lookup, request)
        case .open(let track):
            try require(broadcast != nil && session.isBusy && allowsDatagrams, "ports are opened that nobody may send to")
            try require((0..<PublishedTracks.limit).contains(track), "ports of track \(track)")
            let pair = PortPair(rtp: 40_000, rtcp: 40_001)
            guard let response = session.opened(lookups == 2 ? nil : pair), !session.isBusy, session.opened(pair) == nil else {
                throw BrokenInvariant(description: "a publisher's SETUP is not answered once")
            }
            isSetUp = isSetUp || response.status == 200
            try check(response, to: request)
        case .record(let publication, let video, let all):
            try require(publication === broadcast && isSetUp && session.isBusy, "something is recorded that was not set up")
            try check(video, all)
            let refusal = lookups == 2 ? RTSPResponse(status: 455) : nil
            guard let response = session.engaged(refusal), session.engaged(refusal) == nil else {
                throw BrokenInvariant(description: "a RECORD is not answered once")
            }
            try require(session.isRecording == (refusal == nil), "it records and does not know it")
            try check(response, to: request)
        case .halt(let response, let publication):
            try require(publication === broadcast && !session.isRecording, "something halts that was not recorded")
            try check(response, to: request)
        case .close(let response):
            isClosed = true
            try check(response, to: request)
        }
    }

    private func check(_ video: PublishedTracks.Way, _ all: Set<UInt8>) throws(BrokenInvariant) {
        switch video {
        case .channels(let channels):
            try require(
                channels.rtcp.map { $0 != channels.rtp && all.contains($0) } ?? false, "video on channels \(channels)")
            try require(all.contains(channels.rtp) && all.count % 2 == 0, "channels \(all) for tracks of two each")
        case .datagrams(_, let ports):
            try require(allowsDatagrams && ports.rtp > 0 && ports.rtcp > 0, "ports \(ports) of a publisher that may have none")
            try require(all.isEmpty, "a track by UDP, and channels \(all)")
        }
    }

    private mutating func announce(_ lookup: PublicationRequest, _ request: RTSPRequest) throws(BrokenInvariant) {
        try require(takesPublications && show == nil && broadcast == nil && session.isBusy, "a second ANNOUNCE is looked up")
        try require(request.body.readableBytes <= RTSPServerSession.descriptionLimit, "a description without bound")
        try require(lookup.address.uri == request.uri && lookup.address.path.hasPrefix("/"), "another URI is looked up")
        let isGood = FeedPresentations.ticket(lookup.address.query) == ticket
        if lookups == 3 {
            _ = session.ended()
            hasEnded = true
            isClosed = true
            let late = Broadcast()
            let (response, orphan) = session.announced(.publication(late))
            return try require(response == nil && orphan === late, "what came too late is kept")
        }
        broadcast = isGood && lookups != 1 ? Broadcast() : nil
        let refusal = PublicationAnswer.refused(status: 401, headers: RTSPHeaders())
        let (response, orphan) = session.announced(lookups == 1 ? nil : broadcast.map { .publication($0) } ?? refusal)
        try require(orphan == nil && !session.isBusy, "an answer to an ANNOUNCE is left over")
        guard let response else { throw BrokenInvariant(description: "an ANNOUNCE is not answered") }
        try require((response.status == 200) == (broadcast != nil), "status \(response.status) for the wrong ticket")
        try check(response, to: request)
    }

    private mutating func describe(_ lookup: PresentationRequest, _ request: RTSPRequest) throws(BrokenInvariant) {
        try require(show == nil && broadcast == nil && session.isBusy, "a second DESCRIBE is looked up")
        try require(lookup.path.hasPrefix("/") && !lookup.path.contains("?"), "a path of «\(lookup.path)»")
        try require(lookup.uri == request.uri, "another URI is looked up")
        let isGood = FeedPresentations.ticket(lookup.query) == ticket
        let answer: PresentationAnswer?
        switch lookups {
        case 1: answer = nil
        case 2: answer = .refused(status: 401, headers: ["WWW-Authenticate": "Basic realm=\"x\""])
        case 3:
            _ = session.ended()
            hasEnded = true
            let late = Show()
            let (response, orphan) = session.described(.presentation(late))
            isClosed = true
            return try require(response == nil && orphan === late, "what came too late is kept")
        default:
            show = isGood ? Show() : nil
            answer = show.map { .presentation($0) } ?? .refused(status: 401, headers: RTSPHeaders())
        }
        let (response, orphan) = session.described(answer)
        try require(orphan == nil && !session.isBusy, "an answer to a DESCRIBE is left over")
        guard let response else { throw BrokenInvariant(description: "a DESCRIBE is not answered") }
        try require(
            (response.status == 200) == (show != nil), "status \(response.status) for a ticket that is \(isGood ? "good" : "none")")
        if let base = response.headers["Content-Base"] {
            try require(base.hasSuffix("/") && !base.contains("?"), "a Content-Base with its ticket: \(base)")
        }
        try check(response, to: request)
    }

    private func check(_ response: RTSPResponse, to request: RTSPRequest) throws(BrokenInvariant) {
        try require(response.headers["CSeq"] == request.headers["CSeq"] ?? "0", "the answer to another request")
        try require(
            response.status != 200 || request.headers["Session"].map { SessionHeader.parse($0)?.id == "s1" } ?? true,
            "a stranger's session is served")
        try MessageFuzz.check(.response(response))
    }

    mutating func end() throws(BrokenInvariant) {
        guard !hasEnded else { return }
        try require(session.publication === broadcast, "a publication is lost at the end")
        try require(session.ended() === show, "a presentation is lost at the end")
        try require(session.ended() == nil, "a presentation ends twice")
    }
}
