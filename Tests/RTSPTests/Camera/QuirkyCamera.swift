import GatewayCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import RTSP

/// A camera in order but for what a case changes: most quirks are a line of text or a few bytes at the right place.
struct QuirkyCamera: Sendable {
    typealias Reply = ScriptedCamera.Reply

    static let sdp = """
        v=0\r
        o=- 1 1 IN IP4 127.0.0.1\r
        s=Camera\r
        t=0 0\r
        a=control:*\r
        m=video 0 RTP/AVP 96\r
        a=rtpmap:96 H264/90000\r
        a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgL/lwEQ=,aM48gA==\r
        a=control:trackID=1\r

        """

    var sdp = Self.sdp
    /// Changes a response's headers and status before it is written.
    var answer: @Sendable (RTSPMethod, inout RTSPResponse) -> Void = { _, _ in }
    /// Changes the text of a response as it goes out.
    var text: @Sendable (RTSPMethod, String) -> String = { $1 }
    /// Sent before the text of a response.
    var before: [RTSPMethod: [UInt8]] = [:]
    /// Sent after the text of a response.
    var after: [RTSPMethod: [UInt8]] = [:]
    /// What is sent for the pictures, after the response to PLAY.
    var media: @Sendable ([[UInt8]]) -> [[UInt8]] = { $0 }
    var channel: UInt8 = 0
    /// Replaces everything for the requests that it answers.
    var script: @Sendable ([RTSPRequest], Int) -> [Reply]? = { _, _ in nil }
    var isBytewise = false

    func replies(_ requests: [RTSPRequest], _ connection: Int) -> [Reply] {
        if let replies = script(requests, connection) { return replies }
        let request = requests[requests.count - 1]
        var response = RTSPResponse(status: 200, headers: ["CSeq": request.headers["CSeq"] ?? "0"])
        switch request.method {
        case .options: response.headers.add("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN")
        case .describe:
            response.headers.add("Content-Type", "application/sdp")
            response.headers.add("Content-Base", request.uri + "/")
            response.body = ByteBuffer(string: sdp)
        case .setup:
            // A camera that is asked for another track than its only one has none.
            let isTrack = request.uri.contains("trackID=1") && !request.uri.contains("*")
            guard isTrack, !request.uri.dropFirst(7).contains("://") else { return [.response(RTSPResponse(status: 404))] }
            response.headers.add("Transport", "RTP/AVP/TCP;unicast;interleaved=\(channel)-\(channel + 1)")
            response.headers.add("Session", "abc;timeout=60")
        case .play: response.headers.add("Session", "abc")
        case .getParameter, .teardown: break
        default: response.status = 501
        }
        answer(request.method, &response)
        var bytes = ByteBuffer()
        response.serialize(into: &bytes)
        let written =
            (before[request.method] ?? []) + Array(text(request.method, String(buffer: bytes)).utf8)
            + (after[request.method] ?? [])
        var replies = isBytewise ? written.map { Reply.bytes([$0]) } : [.bytes(written)]
        let frames = channel == 0 ? CameraPictures.standard.frames : CameraPictures(channel: channel).frames
        if request.method == .play { replies += media(frames).map { .bytes($0) } }
        return replies
    }
}

/// One scripted camera and what must come of it: every NAL unit bit by bit, or a refusal with its reason.
struct CameraCase: CustomTestStringConvertible, Sendable {
    enum Expectation: Sendable {
        case pictures
        /// All pictures, and framing was lost so often.
        case found(Int)
        /// The last picture at least, and framing was lost once.
        case lastPicture
        case refused(ProbeOutcome, RTSPClientPhase?, String)
    }

    let name: String
    let expectation: Expectation
    var camera = QuirkyCamera()
    var credentials: StreamCredentials?
    var target = "/live"
    /// Held at the end against every request that came.
    var check: @Sendable ([RTSPRequest]) -> Bool = { _ in true }
    var configure: @Sendable (inout RTSPClientConfiguration) -> Void = { _ in }

    var testDescription: String { name }

    init(_ name: String, _ expectation: Expectation = .pictures, _ change: (inout CameraCase) -> Void) {
        self.name = name
        self.expectation = expectation
        change(&self)
    }

    /// With a change of the text of one response.
    static func text(
        _ name: String, _ method: RTSPMethod, _ expectation: Expectation = .pictures,
        _ change: @escaping @Sendable (String) -> String
    ) -> CameraCase {
        CameraCase(name, expectation) { $0.camera.text = { $0 == method ? change($1) : $1 } }
    }

    /// With headers of one response set; `nil` removes one.
    static func headers(
        _ name: String, _ method: RTSPMethod, _ headers: [String: String?], _ expectation: Expectation = .pictures
    ) -> CameraCase {
        CameraCase(name, expectation) { each in
            each.camera.answer = { answered, response in
                guard answered == method else { return }
                for (name, value) in headers { response.headers[name] = value }
            }
        }
    }

    static func status(_ status: Int, to method: RTSPMethod, _ name: String, _ expectation: Expectation = .pictures) -> CameraCase {
        CameraCase(name, expectation) { $0.camera.answer = { if $0 == method { $1.status = status } } }
    }

    static func sdp(_ name: String, _ expectation: Expectation = .pictures, _ change: (String) -> String) -> CameraCase {
        CameraCase(name, expectation) { $0.camera.sdp = change(QuirkyCamera.sdp) }
    }

    static func media(
        _ name: String, _ expectation: Expectation = .pictures, _ change: @escaping @Sendable ([[UInt8]]) -> [[UInt8]]
    ) -> CameraCase {
        CameraCase(name, expectation) { $0.camera.media = change }
    }
}
