/// DESCRIBE, SETUP of the video over TCP, PLAY. Pure: is given responses, says what to send next.
struct RTSPHandshake {
    private enum Step { case describing, settingUp, starting, playing }

    private let url: MediaURL
    private var step = Step.describing
    private var sequence = 0
    private var session = ""
    private(set) var sessionDescription = ""

    init(url: MediaURL) { self.url = url }

    var isPlaying: Bool { step == .playing }

    mutating func begin() -> String { request("DESCRIBE", url.text, "Accept: application/sdp\r\n") }

    /// The next request; `nil` once it plays.
    /// - Throws: if the server refuses, or describes no video.
    mutating func received(_ response: RTSPMessage) throws -> String? {
        guard step != .playing, response.firstLine.hasPrefix("RTSP/") else { return nil }
        guard response.status == 200 else { throw LoadError("\(response.firstLine), asked for \(url.target.prefix(24))") }
        if let session = response.headers["session"] { self.session = String(session.prefix { $0 != ";" }) }
        switch step {
        case .describing:
            step = .settingUp
            sessionDescription = response.body
            let control = try Self.control(response, url: url.text)
            return request("SETUP", control, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")
        case .settingUp:
            step = .starting
            return request("PLAY", url.text, "Range: npt=0.000-\r\n")
        case .starting, .playing:
            step = .playing
            return nil
        }
    }

    /// Says that somebody still watches.
    mutating func keepAlive() -> String { request("GET_PARAMETER", url.text, "") }

    private mutating func request(_ method: String, _ uri: String, _ headers: String) -> String {
        sequence += 1
        let session = session.isEmpty ? "" : "Session: \(session)\r\n"
        return "\(method) \(uri) RTSP/1.0\r\nCSeq: \(sequence)\r\nUser-Agent: lookout-load\r\n\(session)\(headers)\r\n"
    }

    private static func control(_ response: RTSPMessage, url: String) throws -> String {
        let lines = response.body.split(whereSeparator: \.isNewline)
        guard let video = lines.firstIndex(where: { $0.hasPrefix("m=video") }) else {
            throw LoadError("no video in the description")
        }
        let section = lines[lines.index(after: video)...].prefix { !$0.hasPrefix("m=") }
        guard let control = section.first(where: { $0.hasPrefix("a=control:") })?.dropFirst("a=control:".count) else { return url }
        if control.hasPrefix("rtsp://") { return String(control) }
        let base = response.headers["content-base"] ?? url
        return base.hasSuffix("/") ? base + control : "\(base)/\(control)"
    }
}
