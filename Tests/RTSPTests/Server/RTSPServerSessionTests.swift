import NIOCore
import Testing

@testable import RTSP

@Suite struct RTSPServerSessionTests {
    private final class Show: Presentation {
        let sessionDescription = "v=0\r\n"
        var refusal: Int?
        var hasSound = false
        private(set) var takesSound = false
        func setUpAudio() -> Bool {
            takesSound = hasSound
            return hasSound
        }
        func challenge(_ request: RTSPRequest) -> RTSPResponse? { refusal.map { RTSPResponse(status: $0) } }
        func play(into sink: any InterleavedSink) {}
        func pause() {}
        func teardown() {}
    }

    private var session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1")
    private let base = "rtsp://gateway:8554/feeds/p/main"
    private let overTCP: RTSPHeaders = ["CSeq": "4", "Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"]

    private mutating func send(
        _ method: RTSPMethod, _ uri: String? = nil, _ headers: RTSPHeaders = ["CSeq": "7"]
    ) -> RTSPServerSession.Action {
        session.receive(RTSPRequest(method: method, uri: uri ?? base, headers: headers))
    }

    private func status(_ action: RTSPServerSession.Action) -> Int? {
        switch action {
        case .respond(let response), .pause(let response, _), .halt(let response, _), .close(let response): response.status
        case .describe, .bind, .play, .announce, .open, .record: nil
        }
    }

    private mutating func play(
        at position: PacketPosition? = nil, _ headers: RTSPHeaders = ["CSeq": "7"]
    ) -> RTSPResponse? {
        guard case .play = send(.play, nil, headers) else { return nil }
        return session.started(at: position)
    }

    private mutating func describe(_ show: Show = Show()) -> RTSPResponse? {
        guard case .describe = send(.describe, base + "?ticket=secret") else { return nil }
        return session.described(.presentation(show)).response
    }

    private let sounding: Show = {
        let show = Show()
        show.hasSound = true
        return show
    }()

    @Test mutating func theWholeDialogue() throws {
        #expect(status(send(.options)) == 200)
        let described = try #require(describe())
        #expect(described.status == 200)
        #expect(described.headers["Content-Base"] == base + "/")
        #expect(described.headers["CSeq"] == "7")
        guard case .respond(let setup) = send(.setup, base + "/track1", overTCP) else {
            Issue.record("SETUP was not answered")
            return
        }
        #expect(setup.status == 200)
        #expect(setup.headers["Session"] == "abc;timeout=60")
        #expect(setup.headers["Transport"]?.contains("interleaved=0-1") == true)
        let answer = play(at: PacketPosition(sequence: 65_535, timestamp: 7))
        let play = try #require(answer)
        #expect(play.status == 200)
        #expect(play.headers["Range"] == "npt=now-")
        #expect(play.headers["RTP-Info"] == "url=\(base)/track1;seq=65535;rtptime=7")
        #expect(status(send(.getParameter)) == 200)
        #expect(status(send(.pause)) == 200)
        let again = self.play()
        let resumed = try #require(again)
        #expect(resumed.headers["RTP-Info"] == nil)
        guard case .close = send(.teardown) else {
            Issue.record("TEARDOWN did not end the connection")
            return
        }
    }

    @Test("nothing is taken while a PLAY is looked up, and an answer that comes too late is none")
    mutating func busyWhileStarting() {
        _ = describe()
        _ = send(.setup, nil, overTCP)
        #expect(!session.isBusy)
        _ = send(.play)
        #expect(session.isBusy)
        #expect(session.ended() != nil)
        #expect(session.started(at: nil) == nil)
        #expect(session.bound(5_000) == nil)
    }

    @Test("no answer repeats the ticket")
    mutating func theTicketStaysOut() throws {
        let described = try #require(describe())
        var bytes = ByteBuffer()
        described.serialize(into: &bytes)
        #expect(!String(buffer: bytes).contains("secret"))
    }

    @Test("UDP is refused with the status that makes players come back over TCP")
    mutating func refusesUDP() {
        _ = describe()
        #expect(status(send(.setup, nil, ["Transport": "RTP/AVP;unicast;client_port=5000-5001"])) == 461)
        #expect(status(send(.setup, nil, overTCP)) == 200)
    }

    @Test mutating func offersUDPWhereItMay() throws {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", allowsDatagrams: true)
        _ = describe()
        guard case .bind(.video, let ports) = send(.setup, nil, ["Transport": "RTP/AVP;unicast;client_port=5000-5003"]) else {
            Issue.record("no ports are opened")
            return
        }
        #expect(ports == .init(rtp: 5_000, rtcp: 5_003))
        #expect(session.isBusy)
        let bound = session.bound(6_000)
        let setup = try #require(bound)
        #expect(setup.headers["Transport"] == "RTP/AVP;unicast;client_port=5000-5003;server_port=6000-6001")
        #expect(setup.headers["Session"] == "abc;timeout=60")
        #expect(play() != nil)
    }

    @Test mutating func withoutFreePortsTheClientMayTryAgain() {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", allowsDatagrams: true)
        _ = describe()
        _ = send(.setup, nil, ["Transport": "RTP/AVP;unicast;client_port=5000-5003"])
        #expect(session.bound(nil)?.status == 503)
        #expect(status(send(.setup, nil, overTCP)) == 200)
    }

    @Test(
        arguments: [
            ("npt=0.000-", 200), ("npt=now-", 200), ("npt=10-20", 200), ("clock=20260101T000000Z-", 457),
            ("smpte=0:00:00-", 457),
        ] as [(String, Int)])
    mutating func ranges(range: String, status expected: Int) {
        _ = describe()
        _ = send(.setup, nil, overTCP)
        let action = send(.play, nil, ["CSeq": "1", "Range": range])
        #expect((status(action) ?? session.started(at: nil)?.status) == expected)
    }

    @Test mutating func parametersAreNone() {
        let named = RTSPRequest(method: .getParameter, uri: base, body: ByteBuffer(string: "packets_received\r\n"))
        #expect(status(session.receive(named)) == 451)
        #expect(status(send(.getParameter)) == 200)
        #expect(status(send(.setParameter)) == 200)
    }

    @Test mutating func `sound is set up beside the video on channels of its own, and is nothing without it`() throws {
        _ = describe(sounding)
        guard case .respond(let setup) = send(.setup, base + "/track2", overTCP) else {
            Issue.record("SETUP was not answered")
            return
        }
        #expect(setup.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=2-3" && sounding.takesSound)
        #expect(status(send(.play)) == 455)
        #expect(status(send(.setup, base + "/track1", overTCP)) == 200)
        #expect(play() != nil)
    }

    @Test mutating func `sound leaves the way that the video does, by ports of its own`() throws {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", allowsDatagrams: true)
        _ = describe(sounding)
        _ = send(.setup, base + "/track1", ["Transport": "RTP/AVP;unicast;client_port=5000-5001"])
        _ = session.bound(6_000)
        #expect(status(send(.setup, base + "/track2", overTCP)) == 461)
        guard case .bind(.audio, let ports) = send(.setup, base + "/track2", ["Transport": "RTP/AVP;unicast;client_port=5002-5003"])
        else {
            Issue.record("no ports are opened")
            return
        }
        #expect(ports == .init(rtp: 5_002, rtcp: 5_003))
        // Without ports for the sound the video plays.
        #expect(session.bound(nil)?.status == 503)
        #expect(play() != nil)
    }

    @Test mutating func thereIsOneTrack() {
        _ = describe()
        #expect(status(send(.setup, base + "/track2", overTCP)) == 404)
        #expect(status(send(.setup, base + "/track12", overTCP)) == 404)
        for uri in [base + "/track1", base + "/", base + "?ticket=a/track1", base + "/track1?ticket=a"] {
            #expect(status(send(.setup, uri, overTCP)) == 200)
        }
    }

    @Test mutating func refusesWhatIsOutOfOrder() {
        #expect(status(send(.setup, nil, overTCP)) == 455)
        #expect(status(send(.play)) == 455)
        #expect(status(send(.pause)) == 455)
        _ = describe()
        #expect(status(send(.play)) == 455)
        #expect(status(send(.describe)) == 455)
    }

    @Test mutating func refusesWhatItIsNot() {
        #expect(status(send(.announce)) == 405)
        #expect(status(send(.record)) == 405)
        #expect(status(send(.redirect)) == 405)
        #expect(status(send(RTSPMethod(rawValue: "BREW"))) == 501)
        #expect(status(send(.options, nil, ["Session": "other"])) == 454)
        #expect(status(send(.describe, "http://gateway/x")) == 400)
    }

    @Test mutating func aRefusedDescribeLeavesTheConnectionOpenForAnother() {
        guard case .describe = send(.describe) else {
            Issue.record("no DESCRIBE")
            return
        }
        #expect(session.described(.refused(status: 403, headers: [:])).response?.status == 403)
        #expect(describe()?.status == 200)
    }

    @Test("a right that is gone ends the connection; a challenge may be answered on it")
    mutating func aRightThatIsGone() {
        let show = Show()
        _ = send(.describe)
        _ = session.described(.presentation(show))
        _ = send(.setup, nil, overTCP)
        show.refusal = 401
        guard case .respond(let challenge) = send(.play) else {
            Issue.record("401 ended the connection")
            return
        }
        #expect(challenge.status == 401)
        show.refusal = nil
        #expect(play()?.status == 200)
        #expect(status(send(.pause)) == 200)
        show.refusal = 403
        guard case .close(let refusal) = send(.play) else {
            Issue.record("403 did not end the connection")
            return
        }
        #expect(refusal.status == 403)
    }

    @Test("a presentation is handed back once, whether the client says TEARDOWN or just goes", arguments: [true, false])
    mutating func handsThePresentationBack(saysTeardown: Bool) {
        _ = describe()
        _ = send(.setup, nil, overTCP)
        _ = send(.play)
        if saysTeardown { _ = send(.teardown) }
        #expect(session.ended() != nil)
        #expect(session.ended() == nil)
    }

    @Test("a presentation that comes after the client went is handed back")
    mutating func orphan() {
        _ = send(.describe)
        #expect(session.ended() == nil)
        #expect(session.described(.presentation(Show())).orphan != nil)
    }

    @Test(
        arguments: [
            ("rtsp://h/a/b?x=1", "/a/b", "x=1"), ("rtsp://h", "/", nil), ("rtsp://h?t=1", "/", "t=1"), ("/p?q", "/p", "q"),
            ("RTSP://h:1/", "/", nil),
        ] as [(String, String, String?)])
    func target(uri: String, path: String, query: String?) throws {
        let target = try #require(RTSPServerSession.target(of: uri))
        #expect(target.path == path)
        #expect(target.query == query)
    }
}
