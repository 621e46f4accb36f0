import GatewayCore
import NIOCore
import Testing

@testable import RTSP

extension RTSPClientStateMachineTests {
    /// As far as to the question for ports, or to the first SETUP.
    private func describing(
        _ transport: TransportChoice, last: PacketTransport? = nil, url: String = "rtsp://192.0.2.1/live"
    ) throws -> Play {
        var play = try Play(url: url, transport: transport, lastTransport: last)
        play.actions = play.machine.connected()
        play.answer(200)
        play.answer(200, body: Self.sdp)
        return play
    }

    private static let datagramAnswer: RTSPHeaders = [
        "Session": "S1", "Transport": "RTP/AVP/UDP;unicast;client_port=5000-5001;server_port=6000-6001",
    ]

    @Test func `UDP: ports first, then SETUP, then PLAY`() throws {
        var play = try describing(.udp)
        #expect(play.actions == [.openPorts, .deadline(.seconds(5))])
        play.actions = play.machine.portsOpened(PortPair(rtp: 5_000, rtcp: 5_001))
        #expect(play.request?.headers["Transport"] == "RTP/AVP;unicast;client_port=5000-5001")
        play.answer(200, Self.datagramAnswer)
        let pair = PortPair(rtp: 5_000, rtcp: 5_001)
        #expect(play.machine.presentation?.transport == .datagrams(client: pair, server: PortPair(rtp: 6_000, rtcp: 6_001)))
        #expect(play.machine.presentation?.packetTransport == .udp && play.request?.method == .play)
        play.answer(200)
        #expect(play.actions.contains(.deadline(.seconds(3))))
        // No datagram: the session is ended, and the camera asked again on a new connection, over TCP.
        play.actions = play.machine.deadlinePassed()
        #expect(play.request?.method == .teardown && play.request?.headers["Session"] == "S1")
        #expect(play.actions.contains(.dial(play.machine.url)))
        play.actions = play.machine.connected()
        play.answer(200)
        play.answer(200, body: Self.sdp)
        #expect(
            play.request?.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=0-1" && play.request?.headers["Session"] == nil)
        play.answer(200, ["Session": "S2"])
        play.answer(200)
        #expect(play.actions.contains(.deadline(.seconds(5))))
        play.actions = play.machine.deadlinePassed()
        #expect(play.error?.outcome == .timeout && play.error?.message.contains("firewall") == true)
    }

    @Test func `a status 461 leads to the other transport on the same connection`() throws {
        var play = try describing(.automatic)
        #expect(play.request?.headers["Transport"]?.hasPrefix("RTP/AVP/TCP") == true)
        play.answer(461)
        #expect(play.actions == [.openPorts, .deadline(.seconds(5))])
        play.actions = play.machine.portsOpened(PortPair(rtp: 5_000, rtcp: 5_001))
        play.answer(461)
        #expect(play.error?.outcome == .unsupported && play.error?.advice == .giveUp)
        #expect(play.error?.message == "the camera answers SETUP with status 461 (over TCP before: status 461)")

        play = try describing(.udp)
        play.actions = play.machine.portsOpened(PortPair(rtp: 5_000, rtcp: 5_001))
        play.answer(461)
        #expect(play.request?.headers["Transport"]?.hasPrefix("RTP/AVP/TCP") == true)
    }

    @Test func `what worked last is asked for first, where the choice is automatic`() throws {
        #expect(try describing(.automatic, last: .udp).actions.first == .openPorts)
        #expect(try describing(.tcp, last: .udp).request?.method == .setup)
    }

    @Test func `packets of an encrypted session stay on its connection`() throws {
        let play = try describing(.udp, url: "rtsps://192.0.2.1/live")
        #expect(play.request?.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=0-1")
    }

    @Test func `a camera that was told a channel may send on the connection all the same`() throws {
        var play = try describing(.udp)
        play.actions = play.machine.portsOpened(PortPair(rtp: 5_000, rtcp: 5_001))
        play.answer(200, ["Session": "S1", "Transport": "RTP/AVP/TCP;interleaved=2-3"])
        #expect(play.machine.presentation?.transport == .interleaved(rtp: 2, rtcp: 3))
        #expect(play.machine.presentation?.packetTransport == .tcp)
    }

    @Test func `a multicast answer, or no free ports, lead to TCP`() throws {
        var play = try describing(.udp)
        play.actions = play.machine.portsOpened(PortPair(rtp: 5_000, rtcp: 5_001))
        play.answer(200, ["Session": "S1", "Transport": "RTP/AVP;multicast;destination=239.1.1.1;port=5000-5001"])
        #expect(play.request?.method == .teardown && play.actions.contains(.dial(play.machine.url)))
        play = try describing(.udp)
        play.actions = play.machine.portsFailed()
        #expect(play.request?.headers["Transport"]?.hasPrefix("RTP/AVP/TCP") == true)
    }

    @Test func `ports that come too late are nobody's`() throws {
        var play = try describing(.udp)
        _ = play.machine.cancel()
        #expect(play.machine.portsOpened(PortPair(rtp: 5_000, rtcp: 5_001)).isEmpty && play.machine.portsFailed().isEmpty)
    }
}
