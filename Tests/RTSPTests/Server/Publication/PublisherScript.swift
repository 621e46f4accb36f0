import NIOCore

@testable import RTSP

/// What publishers say, and a publication that keeps what it is given.
enum PublisherScript {
    static let sdp =
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=relay\r\nt=0 0\r\na=tool:libavformat\r\n"
        + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:streamid=0\r\n"
        + "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\na=control:streamid=1\r\n"

    static let uri = "rtsp://gateway:8554/publish/p/main?ticket=secret"

    static func request(
        _ method: RTSPMethod, _ uri: String = uri, _ headers: RTSPHeaders = ["CSeq": "7"], body: String = ""
    ) -> RTSPRequest {
        RTSPRequest(method: method, uri: uri, headers: headers, body: ByteBuffer(string: body))
    }

    static func announce(_ sdp: String = sdp, type: String = "application/sdp") -> RTSPRequest {
        request(.announce, uri, ["CSeq": "2", "Content-Type": type], body: sdp)
    }

    static func setUp(_ track: Int, _ transport: String? = nil) -> RTSPRequest {
        let transport = transport ?? "RTP/AVP/TCP;unicast;interleaved=\(2 * track)-\(2 * track + 1);mode=record"
        return request(.setup, uri + "/streamid=\(track)", ["CSeq": "3", "Transport": transport])
    }

    static func frame(_ channel: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "$"), channel, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)] + payload
    }
}

final class KeptPublication: Publication {
    var refusal: RTSPResponse?
    var answersAtOnce = true
    private(set) var received: [UInt8] = []
    private(set) var calls = 0
    private(set) var datagrams = 0
    private(set) var video: TransportHeader.Channels?
    private(set) var pauses = 0
    private(set) var teardowns = 0
    private(set) var connection: (any PublisherConnection)?
    var answer: ((RTSPResponse?) -> Void)?

    func begin(
        on connection: any PublisherConnection, video: TransportHeader.Channels, answer: @escaping (RTSPResponse?) -> Void
    ) {
        self.connection = connection
        self.video = video
        if answersAtOnce { answer(refusal) } else { self.answer = answer }
    }

    func received(_ frames: ByteBuffer) {
        calls += 1
        received += Array(buffer: frames)
    }

    func received(packet: RawSpan) { datagrams += 1 }
    func received(control: RawSpan) {}
    func readComplete(byteCount: Int) {}

    func pause() { pauses += 1 }

    func teardown() {
        teardowns += 1
        connection = nil
    }
}
