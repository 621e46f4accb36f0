import GatewayCore
import NIOCore
import Testing

@testable import RTSP

@Suite struct RTSPClientStateMachineTests {
    typealias Machine = RTSPClient.StateMachine

    static let sdp = "v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"

    /// A machine with what it did last at hand.
    struct Play {
        var machine: Machine
        var actions: [Machine.Action] = []

        init(
            credentials: StreamCredentials? = nil, url: String = "rtsp://192.0.2.1/live", transport: TransportChoice = .tcp,
            lastTransport: PacketTransport? = nil
        ) throws {
            let url = try StreamURL.parse(url).get().url
            machine = Machine(
                configuration: RTSPClientConfiguration(
                    url: url, credentials: credentials, transport: transport, lastTransport: lastTransport))
            actions = machine.start()
        }

        var request: RTSPRequest? {
            for case .send(let request) in actions { return request }
            return nil
        }

        var error: RTSPClientError? {
            if case .close(let error) = actions.last { error } else { nil }
        }

        mutating func answer(
            _ status: Int = 200, _ headers: RTSPHeaders = [:], body: String = "", sequence: String? = nil
        ) {
            var headers = headers
            headers.add("CSeq", sequence ?? String(machine.sequence))
            actions = machine.received(RTSPResponse(status: status, headers: headers, body: ByteBuffer(string: body)))
        }

        /// As far as to the response to PLAY.
        mutating func playing(
            publicMethods: String = "OPTIONS, DESCRIBE, GET_PARAMETER", session: String = "S1;timeout=20",
            transport: String? = "RTP/AVP/TCP;unicast;interleaved=0-1"
        ) {
            actions = machine.connected()
            answer(200, ["Public": publicMethods])
            answer(200, ["Content-Base": "rtsp://192.0.2.1/live/"], body: RTSPClientStateMachineTests.sdp)
            answer(200, transport.map { ["Session": session, "Transport": $0] } ?? ["Session": session])
            answer(200)
        }
    }

    @Test func `a session from OPTIONS to TEARDOWN`() throws {
        var play = try Play()
        #expect(play.actions == [.dial(play.machine.url), .deadline(.seconds(5))])
        play.actions = play.machine.connected()
        #expect(play.request?.method == .options && play.request?.uri == "rtsp://192.0.2.1/live")
        play.answer(200, ["Public": "OPTIONS, GET_PARAMETER"])
        #expect(play.request?.method == .describe && play.request?.headers["Accept"] == "application/sdp")
        play.answer(200, ["Content-Base": "rtsp://192.0.2.1/live/"], body: Self.sdp)
        #expect(play.request?.method == .setup && play.request?.uri == "rtsp://192.0.2.1/live/trackID=1")
        #expect(play.request?.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=0-1")
        play.answer(200, ["Session": "S1;timeout=20", "Transport": "RTP/AVP/TCP;unicast;interleaved=4-5"])
        guard case .described(let presentation) = play.actions.first else {
            Issue.record("not described: \(play.actions)")
            return
        }
        #expect(presentation.transport == .interleaved(rtp: 4, rtcp: 5) && presentation.track.codec == .h264)
        #expect(play.request?.method == .play && play.request?.uri == "rtsp://192.0.2.1/live/")
        #expect(play.request?.headers["Session"] == "S1")
        play.answer(200)
        #expect(play.actions == [.playing, .deadline(.seconds(5)), .keepAlive(after: .seconds(10))])
        #expect(play.machine.receivedPacket() == [.deadline(nil), .watchSilence(.seconds(10))])
        #expect(play.machine.receivedPacket().isEmpty)
        play.actions = play.machine.cancel()
        #expect(play.request?.method == .teardown)
        play.answer(200)
        #expect(play.error?.isCancelled == true)
        #expect(play.machine.disconnected().isEmpty && play.machine.deadlinePassed().isEmpty)
    }

    @Test(arguments: [("OPTIONS, PLAY", RTSPMethod.options), ("options,get_parameter", .getParameter), ("", .options)])
    func `keep-alive is what the camera says it knows`(publicMethods: String, method: RTSPMethod) throws {
        var play = try Play()
        play.playing(publicMethods: publicMethods)
        play.actions = play.machine.keepAliveDue()
        #expect(play.request?.method == method && play.request?.headers["Session"] == "S1")
        #expect(play.actions.last == .keepAlive(after: .seconds(10)))
        // Refused or never answered: the stream goes on.
        play.answer(501)
        #expect(play.actions.isEmpty)
        play.actions = play.machine.keepAliveDue()
        #expect(play.request?.method == .options)
    }

    @Test func `a late answer to an earlier keep-alive is nobody's`() throws {
        var play = try Play()
        play.playing()
        _ = play.machine.keepAliveDue()
        let first = String(play.machine.sequence)
        _ = play.machine.keepAliveDue()
        play.answer(454, sequence: first)
        #expect(play.actions.isEmpty)
        play.answer(454)
        #expect(play.error?.phase == .firstPacket)
    }

    @Test func `no session timeout means sixty seconds`() throws {
        var play = try Play()
        play.playing(session: "S1")
        #expect(play.actions.last == .keepAlive(after: .seconds(30)))
    }

    @Test func `packets before the answer to PLAY count`() throws {
        var play = try Play()
        play.actions = play.machine.connected()
        play.answer(200)
        play.answer(200, body: Self.sdp)
        play.answer(200, ["Session": "1"])
        #expect(play.machine.receivedPacket().isEmpty)
        play.answer(200)
        #expect(play.actions.prefix(3) == [.playing, .deadline(nil), .watchSilence(.seconds(10))])
    }

    @Test(
        arguments: [
            (nil, UInt8(0), UInt8?(1)), ("RTP/AVP/TCP;unicast", 0, 1), ("RTP/AVP/TCP;interleaved=9", 9, 10),
            ("RTP/AVP/TCP;interleaved=255", 255, nil), ("RTP/AVP/TCP;interleaved=7-7", 7, nil), ("garbage", 0, 1),
        ] as [(String?, UInt8, UInt8?)])
    func `channels other than asked for, or none named`(transport: String?, rtp: UInt8, rtcp: UInt8?) throws {
        var play = try Play()
        play.playing(transport: transport)
        #expect(play.machine.presentation?.transport == .interleaved(rtp: rtp, rtcp: rtcp))
    }

    @Test func `a camera that insists on UDP is unsupported where only TCP may be`() throws {
        var play = try Play()
        play.actions = play.machine.connected()
        play.answer(200)
        play.answer(200, body: Self.sdp)
        play.answer(200, ["Transport": "RTP/AVP;unicast;client_port=0-1;server_port=6000-6001"])
        #expect(play.error?.outcome == .unsupported)
    }

    @Test(arguments: [
        (404, ProbeOutcome.notFound, RTSPClientError.Advice.retry(after: nil)), (403, .unauthorized, .giveUp),
        (453, .protocolError, .retry(after: .seconds(7))), (503, .protocolError, .retry(after: .seconds(7))),
        (461, .unsupported, .giveUp), (500, .protocolError, .retry(after: nil)),
    ])
    func `refusals`(status: Int, outcome: ProbeOutcome, advice: RTSPClientError.Advice) throws {
        var play = try Play()
        play.actions = play.machine.connected()
        play.answer(200)
        play.answer(status, ["Retry-After": "7"])
        #expect(play.error?.outcome == outcome && play.error?.advice == advice && play.error?.phase == .describe)
    }

    @Test func `a camera without OPTIONS is asked to describe all the same`() throws {
        var play = try Play()
        play.actions = play.machine.connected()
        play.answer(501)
        #expect(play.request?.method == .describe)
    }

    @Test(arguments: [
        ("v=0\r\nm=audio 0 RTP/AVP 0\r\n", ProbeOutcome.noVideo), ("v=0\r\nm=video 0 RTP/AVP 26\r\n", .unsupported),
        ("", .protocolError), ("<html>", .protocolError),
    ])
    func `descriptions without a track to play`(sdp: String, outcome: ProbeOutcome) throws {
        var play = try Play()
        play.actions = play.machine.connected()
        play.answer(200)
        play.answer(200, body: sdp)
        #expect(play.error?.outcome == outcome)
    }

    @Test func `every phase has its deadline`() throws {
        var play = try Play()
        #expect(
            play.machine.deadlinePassed().last
                == .close(.init(phase: .connect, outcome: .unreachable, message: "no connection to 192.0.2.1 in time")))
        for steps in 0...4 {
            play = try Play()
            play.actions = play.machine.connected()
            if steps > 0 { play.answer(200) }
            if steps > 1 { play.answer(200, body: Self.sdp) }
            if steps > 2 { play.answer(200, ["Session": "1"]) }
            if steps > 3 { play.answer(200) }
            #expect(play.actions.contains { if case .deadline(.some) = $0 { true } else { false } })
            play.actions = play.machine.deadlinePassed()
            #expect(play.error?.outcome == .timeout)
            #expect(play.error?.phase == [.options, .describe, .setup, .play, .firstPacket][steps])
        }
        play = try Play()
        play.playing()
        _ = play.machine.receivedPacket()
        play.actions = play.machine.silent()
        #expect(play.error?.outcome == .timeout && play.error?.phase == .streaming)
    }

    @Test func `requests of the camera are answered`() throws {
        var play = try Play()
        play.playing()
        for (method, status) in [
            (RTSPMethod.options, 200), (.getParameter, 200), (.redirect, 501), (.setup, 501), (.announce, 200),
        ] {
            let actions = play.machine.received(RTSPRequest(method: method, uri: "*", headers: ["CSeq": "77"]))
            guard case .reply(let response) = actions.first, actions.count == 1 else {
                Issue.record("\(method): \(actions)")
                return
            }
            #expect(response.status == status && response.headers["CSeq"] == "77")
        }
        play.actions = play.machine.received(RTSPRequest(method: .teardown, uri: "*"))
        #expect(play.actions.count == 2 && play.error?.outcome == .unreachable)
    }

    @Test func `a closed machine does nothing more`() throws {
        var play = try Play()
        play.playing()
        _ = play.machine.disconnected()
        #expect(play.machine.keepAliveDue().isEmpty && play.machine.silent().isEmpty && play.machine.cancel().isEmpty)
        #expect(play.machine.received(RTSPRequest(method: .options, uri: "*")).isEmpty)
        play.answer(200)
        #expect(play.actions.isEmpty)
    }
}
