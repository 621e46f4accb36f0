import Testing

@testable import RTSP

@Suite struct TransportHeaderTests {
    @Test(arguments: [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", UInt8(0), UInt8?(1)),
        ("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=DEADBEEF;mode=\"PLAY\"", 4, 5),
        ("rtp/avp/tcp; unicast; interleaved = 2 - 3", 2, 3),
        ("RTP/AVP;unicast;interleaved=0-1", 0, 1),
        ("RTP/AVP/TCP;interleaved=6", 6, nil),
        ("RTP/AVP/TCP;interleaved=254-255", 254, 255),
        ("RTP/AVP/TCP;interleaved=6-x", 6, nil),
    ])
    func `channels are as the camera says`(text: String, rtp: UInt8, rtcp: UInt8?) throws {
        let header = try #require(TransportHeader.parse(text).first)
        #expect(header.interleaved == .init(rtp: rtp, rtcp: rtcp))
        #expect(header.isInterleaved)
    }

    @Test(arguments: ["RTP/AVP/TCP;unicast", "RTP/AVP/TCP;interleaved=256-257", "RTP/AVP/TCP;interleaved=", "RTP/AVP/TCP"])
    func `no usable channels are none`(text: String) throws {
        let header = try #require(TransportHeader.parse(text).first)
        #expect(header.interleaved == nil && header.isInterleaved)
    }

    @Test func `alternatives keep their order and survive a round trip`() throws {
        let text = "RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0000000A;mode=\"PLAY\""
        let headers = TransportHeader.parse(text)
        #expect(headers.map(\.isInterleaved) == [false, true])
        #expect(headers[0].parameters == [.init(name: "client_port", value: "5000-5001")])
        #expect(headers[1].ssrc == 10 && headers[1].mode == "PLAY")
        #expect(headers.map { $0.serialize() }.joined(separator: ",") == text)
    }

    @Test(arguments: ["", ";", "nonsense", "TCP;interleaved=0-1"]) func `what is no transport is left out`(text: String) {
        #expect(TransportHeader.parse(text).isEmpty)
    }
}
