@testable import RTSP

extension CameraCase {
    private static let everyMethod: [RTSPMethod] = [.options, .describe, .setup, .play]

    private static func before(
        _ name: String, _ bytes: [UInt8], _ methods: [RTSPMethod], _ expectation: Expectation = .pictures
    )
        -> CameraCase
    {
        CameraCase(name, expectation) { each in for method in methods { each.camera.before[method] = bytes } }
    }

    /// What stands in and around the four responses.
    static let messages: [CameraCase] = [
        CameraCase("a camera in order") { _ in },
        before("stray line breaks before every response", Array("\r\n\r\n".utf8), everyMethod),
        before("NULs, spaces and tabs before every response", [0, 0x20, 9, 0], everyMethod),
        before("a greeting before the first response", Array("Welcome to camera 7\r\n".utf8), [.options]),
        before("a greeting that ends like a head", Array("Hello there\r\n\r\n".utf8), [.options]),
        before("bytes of an earlier session before the first response", [0xFF, 0xD8, 0x24, 1, 2, 0x67, 0x52], [.options]),
        before("bytes without meaning before a later response", [0xEE, 0xEF, 0x01], [.describe], .found(1)),
        before("a line of text before a later response", Array("debug rtsp ok\r\n".utf8), [.setup], .found(1)),
        before(
            "RTP before the response to PLAY",
            CameraPictures.frame([0x80, 96, 0, 1] + [UInt8](repeating: 0, count: 8), channel: 0),
            [.play]),
        CameraCase("all pictures before the response to PLAY") { each in
            each.camera.before[.play] = CameraPictures.standard.frames.flatMap { $0 }
            each.camera.media = { _ in [] }
        },
        before("RTCP before the response to PLAY", CameraPictures.report(), [.play]),
        before(
            "RTP of an earlier session before the response to SETUP",
            CameraPictures.frame([0x80, 96, 0, 9] + [UInt8](repeating: 7, count: 90), channel: 0), [.setup]),
        before("an interleaved frame as the very first bytes", [0x24, 0, 0, 4, 0x80, 200, 0, 0], [.options]),
        CameraCase("trailing spaces in headers") { each in
            each.camera.text = { $1.replacing("\r\n", with: " \t\r\n").replacing("\r\n \t\r\n", with: "\r\n\r\n") }
            each.camera.sdp = QuirkyCamera.sdp.replacing("\r\n", with: "\n")
        },
        CameraCase("headers in lower case") { each in
            each.camera.answer = { _, response in
                let fields = response.headers.fields
                response.headers = RTSPHeaders()
                for field in fields { response.headers.add(field.name.lowercased(), field.value) }
            }
        },
        CameraCase("headers in upper case") { each in
            each.camera.answer = { _, response in
                let fields = response.headers.fields
                response.headers = RTSPHeaders()
                for field in fields { response.headers.add(field.name.uppercased(), field.value) }
            }
        },
        CameraCase("spaces before colons") { each in
            each.camera.text = { method, text in method == .describe ? text : text.replacing(": ", with: " :  ") }
        },
        CameraCase("repeated spaces in the status line") {
            $0.camera.text = { $1.replacing("RTSP/1.0 200 OK", with: "RTSP/1.0   200   OK") }
        },
        CameraCase("no reason phrase") { $0.camera.text = { $1.replacing("RTSP/1.0 200 OK", with: "RTSP/1.0 200") } },
        CameraCase("a reason phrase in GB 2312") {
            $0.camera.text = { $1.replacing("RTSP/1.0 200 OK", with: "RTSP/1.0 200 \u{FFFD}\u{FFFD}") }
        },
        CameraCase("the version in lower case") { $0.camera.text = { $1.replacing("RTSP/1.0", with: "rtsp/1.0") } },
        CameraCase("line feeds alone") { $0.camera.text = { $0 == .describe ? $1 : $1.replacing("\r\n", with: "\n") } },
        headers("no Content-Type", .describe, ["Content-Type": nil]),
        headers("another Content-Type", .describe, ["Content-Type": "application/octet-stream;charset=gbk"]),
        CameraCase("Content-Length 0 where there is no body") { each in
            each.camera.text = { $0 == .describe ? $1 : $1.replacing("\r\n\r\n", with: "\r\nContent-Length: 0\r\n\r\n") }
        },
        CameraCase("Content-Length -1 where there is no body") { each in
            each.camera.text = { $0 == .describe ? $1 : $1.replacing("\r\n\r\n", with: "\r\nContent-Length: -1\r\n\r\n") }
        },
        text("Content-Length -1 before the description", .describe, .refused(.protocolError, .describe, "Content-Length")) {
            $0.replacing(/Content-Length: \d+/, with: "Content-Length: -1")
        },
        text("Content-Length 0 before the description", .describe, .refused(.protocolError, .describe, "no SDP")) {
            $0.replacing(/Content-Length: \d+/, with: "Content-Length: 0")
        },
        text("Content-Length of two gigabytes", .describe, .refused(.protocolError, .describe, "more than")) {
            $0.replacing(/Content-Length: \d+/, with: "Content-Length: 2147483647")
        },
        text("Content-Length beyond 64 bits", .options, .refused(.protocolError, .options, "more than")) {
            $0.replacing("\r\n\r\n", with: "\r\nContent-Length: 99999999999999999999\r\n\r\n")
        },
        text("Content-Length in words", .setup, .refused(.protocolError, .setup, "Content-Length")) {
            $0.replacing("\r\n\r\n", with: "\r\nContent-Length: none\r\n\r\n")
        },
        text("Content-Length twice alike", .describe) {
            $0.replacing(/Content-Length: \d+/) { "\($0.output)\r\n\($0.output)" }
        },
        text("a body where none is expected", .play) {
            $0.replacing("\r\n\r\n", with: "\r\nContent-Length: 9\r\n\r\n$$$$RTSP/")
        },
        text("headers without value", .describe) {
            $0.replacing("\r\nContent-Type", with: "\r\nX-Empty:\r\nServer: \r\nContent-Type")
        },
        text("headers without colon", .setup) { $0.replacing("\r\n\r\n", with: "\r\nnonsense\r\n=\r\n\r\n") },
        text("a header of 32 KiB", .options) {
            $0.replacing("\r\n\r\n", with: "\r\nX-Long: \(String(repeating: "x", count: 32_768))\r\n\r\n")
        },
        text("a header without end", .options, .refused(.protocolError, .options, "longer than")) {
            $0.replacing("\r\n\r\n", with: "\r\nX-Long: \(String(repeating: "x", count: 70_000))")
        },
        text("a thousand headers", .options, .refused(.protocolError, .options, "more than 128 header fields")) {
            $0.replacing("\r\n\r\n", with: String(repeating: "\r\nX: y", count: 1_000) + "\r\n\r\n")
        },
        CameraCase("continued headers") { each in
            each.camera.channel = 4
            each.camera.text = {
                $0 == .setup ? $1.replacing("unicast;", with: "unicast\r\n\t;").replacing(";timeout", with: "\r\n  ;timeout") : $1
            }
        },
        headers("no CSeq", .describe, ["CSeq": nil]),
        headers("CSeq 0", .setup, ["CSeq": "0"]),
        headers("a CSeq ahead of ours", .play, ["CSeq": "4000"]),
        headers("a CSeq of words", .options, ["CSeq": "one"]),
        before("100 Continue before a response", Array("RTSP/1.0 100 Continue\r\nCSeq: 2\r\n\r\n".utf8), [.describe]),
        before("the last response once more", Array("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n".utf8), [.describe]),
        CameraCase("responses byte by byte") { $0.camera.isBytewise = true },
        text("a web server", .options, .refused(.protocolError, .options, "does not speak RTSP")) { _ in
            "HTTP/1.1 400 Bad Request\r\n\r\n"
        },
        CameraCase("a server that greets and waits", .refused(.protocolError, .options, "does not speak RTSP")) {
            $0.camera.text = { _, _ in "220 mail ready\r\n" }
            $0.configure = { $0.responseTimeout = .seconds(1) }
        },
        text("noise without end", .options, .refused(.protocolError, .options, "does not speak RTSP")) { _ in
            String(repeating: "\u{1}\u{7F}", count: 2_000)
        },
        text("noise, then the end", .options, .refused(.protocolError, .options, "RTSP")) { _ in "\u{1}\u{7F}" }.hangingUp,
        text("a status of four digits", .setup, .refused(.protocolError, .setup, "malformed line")) {
            $0.replacing("1.0 200", with: "1.0 2000")
        }
        .waitingBriefly,
    ]

    /// The camera closes after its answer to OPTIONS.
    private var hangingUp: CameraCase {
        var each = self
        let camera = each.camera
        each.camera.script = { requests, connection in
            var plain = camera
            plain.script = { _, _ in nil }
            return plain.replies(requests, connection) + [.close]
        }
        return each
    }

    private var waitingBriefly: CameraCase {
        var each = self
        each.configure = { $0.responseTimeout = .seconds(1) }
        return each
    }
}
