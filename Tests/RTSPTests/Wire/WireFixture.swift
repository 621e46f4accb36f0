import Testing
import NIOCore

@testable import RTSP

/// Bytes and what a decoder makes of them: values, more bytes needed, or a failure.
struct WireFixture: CustomTestStringConvertible, Sendable {
    enum Outcome: Sendable {
        case elements([RTSPElement])
        case incomplete
        case failure(RTSPWireError)
    }

    let name: String
    let bytes: [UInt8]
    let outcome: Outcome

    init(_ name: String, _ text: String, _ outcome: Outcome) { self.init(name, Array(text.utf8), outcome) }

    init(_ name: String, _ bytes: [UInt8], _ outcome: Outcome) {
        self.name = name
        self.bytes = bytes
        self.outcome = outcome
    }

    var testDescription: String { name }

    static func response(_ status: Int, _ reason: String, _ headers: RTSPHeaders, _ body: String = "") -> RTSPElement {
        .response(RTSPResponse(status: status, reason: reason, headers: headers, body: ByteBuffer(string: body)))
    }

    static func request(_ method: RTSPMethod, _ uri: String, _ headers: RTSPHeaders, _ body: String = "") -> RTSPElement {
        .request(RTSPRequest(method: method, uri: uri, headers: headers, body: ByteBuffer(string: body)))
    }

    static func frame(_ channel: UInt8, _ payload: [UInt8]) -> RTSPElement {
        .interleaved(channel: channel, payload: ByteBuffer(bytes: payload))
    }

    static let all: [WireFixture] = [
        WireFixture(
            "plain response", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n",
            .elements([response(200, "OK", ["CSeq": "1", "Public": "OPTIONS, DESCRIBE"])])),
        WireFixture(
            "body", "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nv=0\nRTSP/1.0 404 Not Found\r\n\r\n",
            .elements([
                response(200, "OK", ["CSeq": "2", "Content-Length": "4"], "v=0\n"), response(404, "Not Found", [:]),
            ])),
        WireFixture(
            "line feeds alone", "RTSP/1.0 200 OK\nCSeq: 3\n\n", .elements([response(200, "OK", ["CSeq": "3"])])),
        WireFixture(
            "mixed line breaks", "RTSP/1.0 200 OK\r\nCSeq: 3\n\r\n", .elements([response(200, "OK", ["CSeq": "3"])])),
        WireFixture(
            "stray breaks, spaces and NULs between messages",
            "\r\n \0\nRTSP/1.0 200 OK\r\nCSeq:4\r\n\r\n\r\n\r\n\0RTSP/1.0 200 OK\r\n\r\n",
            .elements([response(200, "OK", ["CSeq": "4"]), response(200, "OK", [:])])),
        WireFixture(
            "odd case and spaces", "rtsp/1.0   401   No  Entry\r\ncseq :  5  \r\n\r\n",
            .elements([response(401, "No Entry", ["cseq": "5"])])),
        WireFixture("no reason", "RTSP/1.0 200\r\n\r\n", .elements([response(200, "", [:])])),
        WireFixture(
            "folded and colon-less lines", "RTSP/1.0 200 OK\r\nA: one\r\n two\r\nnonsense\r\nB:\r\n\r\n",
            .elements([response(200, "OK", ["A": "one two", "B": ""])])),
        WireFixture(
            "request", "OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n", .elements([request(.options, "*", ["CSeq": "9"])])),
        WireFixture(
            "request in lower case for a URL with spaces", "describe rtsp://h/a b  RTSP/1.0\r\n\r\n",
            .elements([request(.describe, "rtsp://h/a b", [:])])),
        WireFixture(
            "request with body", "SET_PARAMETER rtsp://h/ RTSP/1.0\r\nContent-Length: 3\r\n\r\na:b",
            .elements([request(.setParameter, "rtsp://h/", ["Content-Length": "3"], "a:b")])),
        WireFixture(
            "frames and a message between them",
            Array("$\u{0}\u{0}\u{2}ab".utf8) + Array("RTSP/1.0 200 OK\r\n\r\n$\u{1}\u{0}\u{0}".utf8),
            .elements([frame(0, [0x61, 0x62]), response(200, "OK", [:]), frame(1, [])])),
        WireFixture(
            "no length is no body", "RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            .elements([response(200, "OK", ["Content-Length": "0"])])),
        WireFixture(
            "equal lengths twice", "RTSP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            .elements([response(200, "OK", ["Content-Length": "1", "content-length": "1"], "x")])),
        WireFixture("nothing", "", .incomplete),
        WireFixture("half a head", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n", .incomplete),
        WireFixture("half a body", "RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcd", .incomplete),
        WireFixture("half a frame header", [0x24, 0, 0], .incomplete),
        WireFixture("half a frame", [0x24, 0, 0, 3, 1, 2], .incomplete),
        WireFixture("a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", .failure(.notRTSP)),
        WireFixture("a mail server", "220 mail ready\r\n", .failure(.notRTSP)),
        WireFixture("binary noise", [0xFF, 0xD8, 0xFF, 0xE0], .failure(.notRTSP)),
        WireFixture("a word without end", String(repeating: "A", count: 40), .failure(.notRTSP)),
        WireFixture("a status that is none", "RTSP/1.0 2x0 OK\r\n\r\n", .failure(.malformedStartLine)),
        WireFixture("a status of four digits", "RTSP/1.0 2000 OK\r\n\r\n", .failure(.malformedStartLine)),
        WireFixture("a request without version", "OPTIONS *\r\n\r\n", .failure(.malformedStartLine)),
        WireFixture("a control character in a head", "OPTIONS * RTSP/1.0\r\nA: \u{1}\r\n\r\n", .failure(.malformedStartLine)),
        WireFixture(
            "a negative length is no body", "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
            .elements([response(200, "OK", ["Content-Length": "-1"])])),
        WireFixture(
            "a length in words", "RTSP/1.0 200 OK\r\nContent-Length: some\r\n\r\n", .failure(.malformedContentLength)),
        WireFixture(
            "two different lengths", "RTSP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            .failure(.malformedContentLength)),
        WireFixture(
            "a body of two gigabytes", "RTSP/1.0 200 OK\r\nContent-Length: 2147483647\r\n\r\n",
            .failure(.bodyTooLong(limit: 1 << 20))),
        WireFixture(
            "a length beyond 64 bits", "RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            .failure(.bodyTooLong(limit: 1 << 20))),
        WireFixture(
            "a version and a lone carriage return where a method is due", "RTSP/1.0\rcrimode=sp://h a RTSP/1.0\r\n\r\n",
            .failure(.malformedStartLine)),
        WireFixture(
            "headers without end",
            "RTSP/1.0 200 OK\r\n" + (0..<200).map { "H\($0): x\r\n" }.joined() + "\r\n",
            .failure(.tooManyHeaders(limit: 128))),
        WireFixture(
            "a head without end", "RTSP/1.0 200 OK\r\nH: " + String(repeating: "x", count: 70_000),
            .failure(.headTooLong(limit: 64 << 10))),
    ]
}
