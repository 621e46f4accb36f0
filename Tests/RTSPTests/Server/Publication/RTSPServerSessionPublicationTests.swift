import NIOCore
import Testing

@testable import RTSP

@Suite struct RTSPServerSessionPublicationTests {
    private var session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", takesPublications: true)
    private let publication = KeptPublication()

    private func status(_ action: RTSPServerSession.Action) -> Int? {
        switch action {
        case .respond(let response), .pause(let response, _), .halt(let response, _), .close(let response): response.status
        case .describe, .bind, .play, .announce, .open, .record: nil
        }
    }

    private mutating func announce() -> Int? {
        guard case .announce = session.receive(PublisherScript.announce()) else { return nil }
        return session.announced(.publication(publication)).response?.status
    }

    private mutating func status(of request: RTSPRequest) -> Int? { status(session.receive(request)) }

    @Test mutating func theWholeDialogue() throws {
        let options = session.receive(PublisherScript.request(.options))
        guard case .respond(let offered) = options else {
            Issue.record("OPTIONS was not answered")
            return
        }
        #expect(offered.headers["Public"]?.contains("ANNOUNCE, RECORD") == true)
        guard case .announce(let asked) = session.receive(PublisherScript.announce()) else {
            Issue.record("ANNOUNCE is not looked up")
            return
        }
        #expect(session.isBusy)
        #expect(asked.address.path == "/publish/p/main" && asked.address.query == "ticket=secret")
        #expect(asked.video.codec == .h264 && asked.video.payloadType == 96)
        #expect(session.announced(.publication(publication)).response?.status == 200)
        guard case .respond(let video) = session.receive(PublisherScript.setUp(0)) else { return }
        #expect(video.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record")
        #expect(video.headers["Session"] == "abc;timeout=60")
        #expect(status(of: PublisherScript.setUp(1)) == 200)
        guard case .record(let begun, let channels, let all) = session.receive(PublisherScript.request(.record)) else {
            Issue.record("RECORD does not begin")
            return
        }
        #expect(begun === publication && channels == .channels(.init(rtp: 0, rtcp: 1)) && all == [0, 1, 2, 3])
        #expect(session.isBusy && !session.isRecording)
        #expect(session.engaged(nil)?.status == 200)
        #expect(session.engaged(nil) == nil)
        #expect(session.isRecording)
        #expect(status(of: PublisherScript.request(.getParameter)) == 200)
        #expect(status(of: PublisherScript.request(.record)) == 200)
        guard case .halt(_, let halted) = session.receive(PublisherScript.request(.pause)) else {
            Issue.record("PAUSE does not halt")
            return
        }
        #expect(halted === publication && !session.isRecording)
        guard case .record = session.receive(PublisherScript.request(.record)) else {
            Issue.record("it does not go on")
            return
        }
        #expect(session.engaged(nil)?.status == 200)
        guard case .close = session.receive(PublisherScript.request(.teardown)) else {
            Issue.record("TEARDOWN did not end the connection")
            return
        }
        #expect(session.publication === publication)
        #expect(session.ended() == nil && session.publication == nil)
    }

    @Test mutating func aServerWithoutPublicationsSaysSo() {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1")
        #expect(status(of: PublisherScript.announce()) == 405)
        #expect(status(of: PublisherScript.request(.record)) == 405)
    }

    @Test(
        arguments: [
            ("", "application/sdp", 400), ("hello", "application/sdp", 400), (PublisherScript.sdp, "text/plain", 415),
            ("v=0\r\nm=video 0 RTP/AVP 26\r\n", "application/sdp", 415),
            ("v=0\r\nm=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n", "application/sdp", 415),
            (PublisherScript.sdp + String(repeating: "a=x\r\n", count: 4_000), "application/sdp", 413),
            (String(repeating: "m=video 0 RTP/AVP 96\r\n", count: 9), "application/sdp", 413),
        ] as [(String, String, Int)])
    mutating func descriptionsThatAreNotTaken(sdp: String, type: String, expected: Int) {
        #expect(status(of: PublisherScript.announce(sdp, type: type)) == expected)
        #expect(announce() == 200, "and the connection is still good")
    }

    @Test mutating func whatComesInTheWrongOrderIsRefused() {
        for method in [RTSPMethod.record, .setup, .pause, .play] { #expect(status(of: PublisherScript.request(method)) == 455) }
        #expect(announce() == 200)
        for method in [RTSPMethod.record, .announce, .describe, .play, .pause] {
            #expect(status(of: method == .announce ? PublisherScript.announce() : PublisherScript.request(method)) == 455)
        }
        #expect(status(of: PublisherScript.setUp(1)) == 200)
        #expect(status(of: PublisherScript.request(.record)) == 455, "sound alone is nothing to record")
        #expect(status(of: PublisherScript.setUp(2)) == 404)
        #expect(status(of: PublisherScript.setUp(0)) == 200)
        guard case .record = session.receive(PublisherScript.request(.record)) else {
            Issue.record("RECORD does not begin")
            return
        }
        #expect(session.engaged(RTSPResponse(status: 455))?.status == 455)
        #expect(!session.isRecording && session.publication === publication, "it may try again")
        guard case .record = session.receive(PublisherScript.request(.record)) else {
            Issue.record("it may not try again")
            return
        }
        _ = session.engaged(nil)
        for request in [PublisherScript.setUp(0), PublisherScript.announce(), PublisherScript.request(.play)] {
            #expect(status(of: request) == 455)
        }
    }

    @Test(
        arguments: [
            ("RTP/AVP/TCP;unicast;interleaved=4-5;mode=record", 200), ("RTP/AVP/TCP;interleaved=4-5;mode=\"RECORD\"", 200),
            ("RTP/AVP/TCP;unicast", 200), ("RTP/AVP;unicast;interleaved=0-1;mode=receive", 200),
            ("RTP/AVP;unicast;client_port=5000-5001;mode=record,RTP/AVP/TCP;interleaved=0-1;mode=record", 200),
            ("RTP/AVP/TCP;unicast;interleaved=0-1;mode=play", 461), ("RTP/SAVP/TCP;interleaved=0-1;mode=record", 461),
            ("RTP/AVP;multicast;mode=record", 461), ("", 461),
        ] as [(String, Int)])
    mutating func transports(transport: String, expected: Int) {
        #expect(announce() == 200)
        #expect(status(of: PublisherScript.setUp(0, transport)) == expected)
    }

    private static let datagrams = "RTP/AVP;unicast;client_port=5000-5001;mode=record"

    @Test mutating func tracksThatComeByUDP() {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", allowsDatagrams: true, takesPublications: true)
        #expect(announce() == 200)
        guard case .open(let track) = session.receive(PublisherScript.setUp(0, Self.datagrams)) else {
            Issue.record("no ports are opened")
            return
        }
        #expect(track == 0 && session.isBusy && session.publication === publication)
        let answer = session.opened(PortPair(rtp: 20_000, rtcp: 20_001))
        #expect(
            answer?.headers["Transport"] == "RTP/AVP;unicast;client_port=5000-5001;server_port=20000-20001;mode=record")
        #expect(session.opened(PortPair(rtp: 20_000, rtcp: 20_001)) == nil)
        #expect(status(of: PublisherScript.setUp(1)) == 461, "tracks come by one way")
        guard case .record(_, let way, let all) = session.receive(PublisherScript.request(.record)) else {
            Issue.record("RECORD does not begin")
            return
        }
        #expect(way == .datagrams(track: 0, from: .init(rtp: 5_000, rtcp: 5_001)) && all.isEmpty)
    }

    @Test mutating func withoutFreePortsItMayTryAgain() {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", allowsDatagrams: true, takesPublications: true)
        #expect(announce() == 200)
        _ = session.receive(PublisherScript.setUp(0, Self.datagrams))
        #expect(session.opened(nil)?.status == 503)
        #expect(status(of: PublisherScript.request(.record)) == 455)
        #expect(status(of: PublisherScript.setUp(0)) == 200)
    }

    @Test(
        arguments: [
            ("RTP/AVP;unicast;client_port=5000-5001;mode=play", 461), ("RTP/AVP;unicast;mode=record", 461),
            ("RTP/AVP;unicast;client_port=0-1;mode=record", 461), ("RTP/AVP;unicast;client_port=70000;mode=record", 461),
            ("RTP/AVP;unicast;destination=192.0.2.1;client_port=5000;mode=record", 461),
            ("RTP/AVP;multicast;client_port=5000-5001;mode=record", 461),
        ] as [(String, Int)])
    mutating func datagramsThatAreNotTaken(transport: String, expected: Int) {
        session = RTSPServerSession(sessionID: "abc", peer: "127.0.0.1:1", allowsDatagrams: true, takesPublications: true)
        #expect(announce() == 200)
        #expect(status(of: PublisherScript.setUp(0, transport)) == expected)
    }

    @Test mutating func byTLSNothingComesByUDP() {
        #expect(announce() == 200)
        #expect(status(of: PublisherScript.setUp(0, Self.datagrams)) == 461)
    }

    @Test mutating func anAnswerThatComesTooLateIsHandedBack() {
        _ = session.receive(PublisherScript.announce())
        _ = session.ended()
        let (response, orphan) = session.announced(.publication(publication))
        #expect(response == nil && orphan === publication)
        #expect(session.engaged(nil) == nil)
    }

    @Test mutating func refusalsAndFailuresAreAnsweredOnce() {
        _ = session.receive(PublisherScript.announce())
        #expect(session.announced(.refused(status: 403, headers: RTSPHeaders())).response?.status == 403)
        _ = session.receive(PublisherScript.announce())
        #expect(session.announced(nil).response?.status == 503)
        #expect(session.publication == nil && !session.isBusy)
    }
}
