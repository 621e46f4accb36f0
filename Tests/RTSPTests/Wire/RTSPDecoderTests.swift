import NIOCore
import Testing

@testable import RTSP

@Suite struct RTSPDecoderTests {
    /// Feeds the chunks one after the other, and takes what is whole after each.
    static func decode(
        _ chunks: [ArraySlice<UInt8>], channels: Set<UInt8> = []
    ) -> (elements: [RTSPElement], error: RTSPWireError?, decoder: RTSPDecoder) {
        var decoder = RTSPDecoder()
        decoder.channels = channels
        var buffer = ByteBuffer()
        var elements: [RTSPElement] = []
        for chunk in chunks {
            buffer.writeBytes(chunk)
            do {
                while let element = try decoder.next(from: &buffer) { elements.append(element) }
            } catch {
                return (elements, error, decoder)
            }
            buffer.discardReadBytes()
        }
        return (elements, nil, decoder)
    }

    /// Header names compare without case, and a length beside a body is the body's: values are compared by what they mean.
    static func isSame(_ lhs: RTSPElement, _ rhs: RTSPElement) -> Bool {
        func meaning(_ headers: RTSPHeaders) -> [String] { headers.fields.map { "\($0.name.lowercased()): \($0.value)" } }
        switch (lhs, rhs) {
        case (.request(let lhs), .request(let rhs)):
            return lhs.method == rhs.method && lhs.uri == rhs.uri && meaning(lhs.headers) == meaning(rhs.headers)
                && lhs.body == rhs.body
        case (.response(let lhs), .response(let rhs)):
            return lhs.status == rhs.status && lhs.reason == rhs.reason && meaning(lhs.headers) == meaning(rhs.headers)
                && lhs.body == rhs.body
        default: return lhs == rhs
        }
    }

    static func expect(_ fixture: WireFixture, _ elements: [RTSPElement], _ error: RTSPWireError?, at split: Int) {
        switch fixture.outcome {
        case .elements(let expected):
            #expect(error == nil, "split at \(split)")
            #expect(
                elements.count == expected.count && zip(elements, expected).allSatisfy(isSame), "split at \(split): \(elements)")
        case .incomplete:
            #expect(error == nil && elements.isEmpty, "split at \(split)")
        case .failure(let expected):
            #expect(error == expected, "split at \(split)")
        }
    }

    @Test(arguments: WireFixture.all) func `each fixture gives its value`(fixture: WireFixture) {
        let (elements, error, _) = Self.decode([fixture.bytes[...]])
        Self.expect(fixture, elements, error, at: 0)
    }

    @Test(arguments: WireFixture.all) func `each fixture split at every byte gives the same`(fixture: WireFixture) {
        let count = fixture.bytes.count
        for split in stride(from: 0, through: count, by: max(1, count / 2_000)) {
            let (elements, error, _) = Self.decode([fixture.bytes[..<split], fixture.bytes[split...]])
            Self.expect(fixture, elements, error, at: split)
        }
    }

    @Test(arguments: WireFixture.all) func `each fixture byte by byte gives the same`(fixture: WireFixture) {
        let (elements, error, _) = Self.decode(fixture.bytes.indices.map { fixture.bytes[$0...$0] })
        Self.expect(fixture, elements, error, at: -1)
    }

    @Test func `what is serialized is read back`() throws {
        let request = RTSPRequest(
            method: .announce, uri: "rtsp://h/s", headers: ["CSeq": "3", "Content-Type": "application/sdp"],
            body: ByteBuffer(string: "v=0\r\n"))
        let response = RTSPResponse(status: 454, headers: ["CSeq": "3"])
        var buffer = ByteBuffer()
        request.serialize(into: &buffer)
        response.serialize(into: &buffer)
        var decoder = RTSPDecoder()
        guard case .request(var first) = try decoder.next(from: &buffer),
            case .response(let second) = try decoder.next(from: &buffer)
        else {
            Issue.record("no request and response")
            return
        }
        #expect(first.headers["content-length"] == "5")
        first.headers.remove("Content-Length")
        #expect(first == request)
        #expect(second == response)
        #expect(second.reason == "Session Not Found")
    }

    @Test func `a line break in a value forges no header`() {
        var buffer = ByteBuffer()
        RTSPResponse(status: 200, reason: "OK\r\nX: 1", headers: ["A": "b\r\nEvil: 1"]).serialize(into: &buffer)
        #expect(String(buffer: buffer) == "RTSP/1.0 200 OK  X: 1\r\nA: b  Evil: 1\r\n\r\n")
    }

    // MARK: lost framing

    static func rtp(_ marker: UInt8, size: Int = 40) -> [UInt8] {
        [0x24, 0, UInt8(size >> 8), UInt8(size & 255), 0x80, 96] + [UInt8](repeating: marker, count: size - 2)
    }

    @Test func `a frame cut short is skipped and counted, wherever reads end`() {
        let cut = Self.rtp(0x11, size: 900).prefix(500)
        let bytes = Self.rtp(1) + cut + (2...40).flatMap { Self.rtp($0) }
        for split in stride(from: 0, to: bytes.count, by: 7) {
            let (elements, error, decoder) = Self.decode([bytes[..<split], bytes[split...]], channels: [0, 1])
            #expect(error == nil)
            #expect(decoder.resynchronizations == 1)
            #expect(decoder.skippedBytes > 0)
            // The cut frame swallows its 400 missing bytes; all frames that begin after them arrive, but the last, whose
            // end nothing confirms while framing is lost.
            let markers = elements.compactMap { element -> UInt8? in
                guard case .interleaved(0, let payload) = element, payload.readableBytes == 40 else { return nil }
                return payload.getInteger(at: payload.readerIndex + 2, as: UInt8.self)
            }
            #expect(markers.first == 1)
            #expect(markers.dropFirst().elementsEqual(12...40), "\(markers)")
        }
    }

    @Test func `a response is found after lost framing`() {
        let bytes =
            Self.rtp(1) + [0xEE, 0xEE, 0xEE, 0x24, 7, 7, 7] + Array("RTSP/1.0 200 OK\r\nCSeq: 8\r\n\r\n".utf8) + Self.rtp(2)
        let (elements, error, decoder) = Self.decode([bytes[...]], channels: [0, 1])
        #expect(error == nil)
        #expect(decoder.skippedBytes == 7)
        #expect(elements.count == 3)
        #expect(elements[1] == WireFixture.response(200, "OK", ["CSeq": "8"]))
    }

    @Test func `noise without end is given up`() {
        let noise = [UInt8](repeating: 0xEE, count: 300_000)
        let (_, error, _) = Self.decode([Self.rtp(1)[...]] + (0..<5).map { _ in noise[...] }, channels: [0, 1])
        guard case .desynchronized(let skipped) = error else {
            Issue.record("not given up: \(String(describing: error))")
            return
        }
        #expect(skipped > 1 << 20)
    }

    @Test func `a channel that was not set up is still a frame if it looks like RTP`() {
        let audio: [UInt8] = [0x24, 2, 0, 12, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]
        let (elements, error, decoder) = Self.decode([(Self.rtp(1) + audio + Self.rtp(2))[...]], channels: [0, 1])
        #expect(error == nil)
        #expect(elements.count == 3)
        #expect(decoder.resynchronizations == 0)
    }
}
