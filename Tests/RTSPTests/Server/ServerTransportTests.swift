import Testing

@testable import RTSP

@Suite struct ServerTransportTests {
    private func choose(_ header: String, allowsDatagrams: Bool = true) -> ServerTransport? {
        ServerTransport.choose(header, allowsDatagrams: allowsDatagrams, address: "192.0.2.7")
    }

    @Test(
        arguments: [
            ("RTP/AVP/TCP;unicast;interleaved=0-1", .interleaved),
            ("RTP/AVP;unicast;interleaved=2-3", .interleaved),
            ("RTP/AVP;unicast;client_port=5000-5001", .datagrams(.init(rtp: 5_000, rtcp: 5_001))),
            ("RTP/AVP/UDP;unicast;client_port=5000", .datagrams(.init(rtp: 5_000, rtcp: 5_001))),
            ("RTP/AVP;multicast,RTP/AVP/TCP;interleaved=0-1", .interleaved),
            (
                "RTP/SAVP;unicast;client_port=5000-5001,RTP/AVP;unicast;client_port=6000-6001",
                .datagrams(.init(rtp: 6_000, rtcp: 6_001))
            ),
            ("RTP/AVP;unicast;client_port=5000-5001;destination=192.0.2.7", .datagrams(.init(rtp: 5_000, rtcp: 5_001))),
            ("RTP/AVP;unicast;client_port=5000-5001;destination=192.0.2.8", nil),
            ("RTP/AVP;multicast;client_port=5000-5001", nil),
            ("RTP/SAVP;unicast;client_port=5000-5001", nil),
            ("RTP/AVP;unicast", nil),
            ("RTP/AVP;unicast;client_port=0-1", nil),
            ("RTP/AVP;unicast;client_port=5000-0", nil),
            ("RTP/AVP;unicast;client_port=65535", nil),
            ("RTP/AVP;unicast;client_port=70000-70001", nil),
            ("RTP/AVP;unicast;client_port=-5000", nil),
            ("RTP/AVP;unicast;client_port=5000-5001;mode=record", nil),
            ("", nil),
        ] as [(String, ServerTransport?)])
    func offers(header: String, expected: ServerTransport?) {
        #expect(choose(header) == expected)
    }

    @Test func overTLSNothingLeavesInTheOpen() {
        #expect(choose("RTP/AVP;unicast;client_port=5000-5001", allowsDatagrams: false) == nil)
        #expect(
            choose("RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=0-1", allowsDatagrams: false) == .interleaved)
    }
}
