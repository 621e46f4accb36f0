@testable import RTSP

extension CameraCase {
    private static let sets = "sprop-parameter-sets=Z0LAHtoCgL/lwEQ=,aM48gA=="

    private static func before(_ line: String, _ text: String) -> String { text.replacing("m=video", with: line + "\r\nm=video") }

    private static func base(_ name: String, _ value: String?, asked: String, sdp: String = QuirkyCamera.sdp) -> CameraCase {
        var each = headers(name, .describe, ["Content-Base": value])
        each.camera.sdp = sdp
        each.check = { requests in
            let setup = requests.first { $0.method == .setup }?.uri ?? ""
            return setup.hasPrefix("rtsp://127.0.0.1:") && setup.hasSuffix(asked)
        }
        return each
    }

    private static func control(_ name: String, _ control: String, session: String = "*", asked: String) -> CameraCase {
        base(
            name, nil, asked: asked,
            sdp: QuirkyCamera.sdp.replacing("a=control:trackID=1", with: control)
                .replacing("a=control:*", with: "a=control:\(session)"))
    }

    static let descriptions: [CameraCase] = [
        sdp("no v, o, s, t") { String($0[($0.firstRange(of: "a=control:*")?.lowerBound ?? $0.startIndex)...]) },
        sdp("v, o, s, t twice") { "v=0\r\no=- 9 9 IN IP4 192.0.2.1\r\ns=x\r\nt=0 0\r\n" + $0 },
        sdp("t and s after the media") { $0.replacing("t=0 0\r\n", with: "") + "s=late\r\nt=0 0\r\n" },
        sdp("LF alone in the description") { $0.replacing("\r\n", with: "\n") },
        sdp("CR alone in the description") { $0.replacing("\r\n", with: "\r") },
        sdp("blank lines everywhere") { $0.replacing("\r\n", with: "\r\n\r\n \r\n") },
        sdp("NULs at the end") { $0 + "\0\0\0" },
        sdp("NULs at the ends of lines") { $0.replacing("\r\n", with: "\0\r\n") },
        sdp("a byte order mark") { "\u{FEFF}" + $0 },
        sdp("no final line break") { String($0.dropLast()) },
        sdp("spaces before and after lines") { $0.replacing("\r\n", with: " \r\n  ") },
        sdp("lines of nonsense") { before("nonsense\r\n=\r\nx\r\na=\r\na=:\r\nz=\r\nm=", $0) },
        sdp("attributes in upper case") {
            $0.replacing("a=rtpmap", with: "a=RTPMAP").replacing("a=control:t", with: "a=Control:t")
        },
        control("an absolute control", "a=control:rtsp://127.0.0.1:9/live/trackID=1", asked: "/live/trackID=1"),
        control("a control in capitals", "a=control:RTSP://127.0.0.1:9/live/trackID=1", asked: "/trackID=1").withoutSchemeCheck,
        control("a relative control", "a=control:trackID=1", asked: "/live/trackID=1"),
        control("a control that is a path", "a=control:/live/trackID=1", asked: "/live/trackID=1"),
        control("a control with a query", "a=control:trackID=1?a=b&c", asked: "/live/trackID=1?a=b&c"),
        control(
            "a session control that is a URL", "a=control:trackID=1", session: "rtsp://127.0.0.1:9/s/", asked: "/live/trackID=1"),
        control("an empty session control", "a=control:trackID=1", session: "", asked: "/live/trackID=1"),
        control("a control twice", "a=control:trackID=1\r\na=control:trackID=2", asked: "/live/trackID=1"),
        base("no Content-Base", nil, asked: "/live/trackID=1"),
        base("an empty Content-Base", "", asked: "/live/trackID=1"),
        base("a relative Content-Base", "live/", asked: "/live/trackID=1"),
        base("a Content-Base that is a path", "/live/", asked: "/live/trackID=1"),
        base("a Content-Base without scheme", "127.0.0.1:9/live/", asked: "//127.0.0.1:9/live/trackID=1"),
        base("a Content-Base without scheme and port", "127.0.0.1/live/", asked: "//127.0.0.1/live/trackID=1").withoutSchemeCheck,
        base("a Content-Base that begins with slashes", "//127.0.0.1:9/live/", asked: "//127.0.0.1:9/live/trackID=1"),
        base("a Content-Base without slash at its end", "rtsp://127.0.0.1:9/live", asked: "/live/trackID=1"),
        base("a Content-Base in quotes", "\"rtsp://127.0.0.1:9/live/\"", asked: "/live/trackID=1"),
        CameraCase("a control before everything else of its track") {
            $0.camera.sdp = QuirkyCamera.sdp.replacing("a=control:trackID=1\r\n", with: "")
                .replacing("a=rtpmap", with: "a=control:trackID=1\r\na=rtpmap")
        },
        CameraCase("no control of the track") { each in
            each.target = "/trackID=1"
            each.camera.sdp = QuirkyCamera.sdp.replacing("a=control:trackID=1\r\n", with: "")
        },
        CameraCase("an empty control of the track") { each in
            each.target = "/trackID=1"
            each.camera.sdp = QuirkyCamera.sdp.replacing("a=control:trackID=1\r\n", with: "a=control:\r\n")
        },
        CameraCase("a star as control of the track") { each in
            each.target = "/trackID=1"
            each.camera.sdp = QuirkyCamera.sdp.replacing("a=control:trackID=1\r\n", with: "a=control:*\r\n")
        },
        sdp("an empty fmtp") { $0.replacing(" packetization-mode=1;\(sets)", with: "") },
        sdp("a fmtp without type") { $0.replacing("96 packetization-mode=1;\(sets)", with: "") },
        sdp("a fmtp of semicolons") { $0.replacing("packetization-mode=1;\(sets)", with: ";;=;a=;;=b;") },
        sdp("no fmtp at all") { $0.replacing("a=fmtp:96 packetization-mode=1;\(sets)\r\n", with: "") },
        sdp("parameter sets that are no base 64") { $0.replacing(sets, with: "sprop-parameter-sets=!!!,,%%,") },
        sdp("parameter sets that are none") { $0.replacing(sets, with: "sprop-parameter-sets=AAAA,//////,Zw==,aA==") },
        sdp("no rtpmap, parameter sets all the same") { $0.replacing("a=rtpmap:96 H264/90000\r\n", with: "") },
        sdp("a rtpmap without clock") { $0.replacing("H264/90000", with: "h264") },
        sdp("a type that is not on the media line") { $0.replacing("RTP/AVP 96", with: "RTP/AVP 35") },
        sdp("a media line with more types than one") { $0.replacing("RTP/AVP 96", with: "RTP/AVP 26 96 97") },
        sdp("a port and a number of ports") { $0.replacing("m=video 0", with: "m=video 5004/2") },
        sdp("an audio track first") { before("m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\na=rtpmap:8 PCMA/8000", $0) },
        sdp("AAC of nonsense first") {
            before("m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/-1/x\r\na=fmtp:97 config=zz", $0)
        },
        sdp("a back-channel") { $0 + "m=audio 0 RTP/AVP 0\r\na=sendonly\r\na=control:trackID=5\r\na=rtpmap:0 PCMU/8000\r\n" },
        sdp("ONVIF metadata first") {
            before("m=application 0 RTP/AVP 107\r\na=control:trackID=4\r\na=rtpmap:107 vnd.onvif.metadata/90000", $0)
        },
        sdp("ONVIF metadata as video") {
            before("m=video 0 RTP/AVP 107\r\na=control:trackID=4\r\na=rtpmap:107 vnd.onvif.metadata/90000", $0)
        },
        sdp("media that nobody knows") { before("m=hologram 0 RTP/AVP 120\r\na=control:x\r\nm=\r\nm=message 1 TCP *", $0) },
        sdp("text in another encoding") { $0.replacing("s=Camera", with: "s=\u{FFFD}\u{FFFD}\u{80}") },
        sdp("two hundred tracks that are none of ours") { $0 + String(repeating: "m=audio 0 RTP/AVP 0\r\n", count: 200) },
        sdp("more tracks than can be", .refused(.protocolError, .describe, "more than")) {
            $0 + String(repeating: "m=audio 0 RTP/AVP 0\r\n", count: 300)
        },
        sdp("MJPEG alone", .refused(.unsupported, .describe, "neither H.264 nor H.265")) {
            $0.replacing("H264/90000", with: "JPEG/90000").replacing(";\(sets)", with: "")
        },
        sdp("another clock", .refused(.unsupported, .describe, "90 kHz")) { $0.replacing("H264/90000", with: "H264/48000") },
        sdp("encrypted media", .refused(.unsupported, .describe, "plain RTP")) { $0.replacing("RTP/AVP", with: "RTP/SAVP") },
        sdp("audio alone", .refused(.noVideo, .describe, "no video")) { $0.replacing("m=video", with: "m=audio") },
        sdp("a web page", .refused(.protocolError, .describe, "no SDP")) { _ in "<html>Camera</html>" },
    ]

    /// What is asked for is what the camera named, whatever its letters and its port.
    private var withoutSchemeCheck: CameraCase {
        var each = self
        each.check = { requests in requests.contains { $0.method == .setup && $0.uri.hasSuffix("/live/trackID=1") } }
        return each
    }
}
