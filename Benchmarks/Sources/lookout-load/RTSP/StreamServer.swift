import Glibc

/// What a ``StreamServer`` serves.
protocol StreamCatalog: AnyObject {
    /// The SDP of a stream, from 0 on; `nil` if there is none.
    func sessionDescription(of stream: Int) -> String?
    func began(_ session: StreamSession, on stream: Int)
    func ended(_ session: StreamSession, on stream: Int)
}

/// The least RTSP server that serves `/cam/0001` and on over interleaved TCP, on channels 0 and 1.
final class StreamServer {
    let port: Int
    private let poll: EventPoll
    private unowned let catalog: any StreamCatalog
    private var listeners: Set<Int32> = []
    private var sessions: [Int32: StreamSession] = [:]
    /// Answers to keep-alives could fall between the parts of a unit that is passed on as it is read.
    private let answersKeepAlive: Bool
    private var lastSession: UInt32 = 0
    private var goneSkips = 0

    /// - Parameters:
    ///   - port: 0 for any free one, on all addresses the same.
    init(addresses: [String], port: Int, poll: EventPoll, catalog: any StreamCatalog, answersKeepAlive: Bool) throws {
        var port = port
        for address in addresses {
            let listener = try TCPSocket.listen(address: address, port: port)
            port = try TCPSocket.port(of: listener)
            try poll.add(listener)
            listeners.insert(listener)
        }
        self.port = port
        self.poll = poll
        self.catalog = catalog
        self.answersKeepAlive = answersKeepAlive
    }

    /// Units that readers did not get because they had not read those before.
    var skippedUnits: Int { goneSkips + sessions.values.reduce(0) { $0 + $1.skippedUnits } }

    /// Whether the event was its.
    func handle(_ event: EventPoll.Event) throws -> Bool {
        if listeners.contains(event.descriptor) {
            if let descriptor = TCPSocket.accept(event.descriptor) {
                try poll.add(descriptor)
                sessions[descriptor] = StreamSession(descriptor: descriptor, poll: poll)
            }
            return true
        }
        guard let session = sessions[event.descriptor] else { return false }
        if event.isWritable { session.flush() }
        if event.isReadable { session.readRequests { answer($0, to: session) } }
        if session.isBroken { end(session) }
        return true
    }

    private func end(_ session: StreamSession) {
        sessions[session.descriptor] = nil
        goneSkips += session.skippedUnits
        if session.isPlaying, let stream = session.stream { catalog.ended(session, on: stream) }
        close(session.descriptor)
    }

    private func answer(_ request: RTSPMessage, to session: StreamSession) {
        let words = request.firstLine.split(separator: " ")
        guard words.count == 3 else { return }
        let uri = String(words[1])
        let sequence = request.headers["cseq"] ?? "0"
        func reply(_ status: String, _ headers: String = "", body: String = "") {
            let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
            session.send("RTSP/1.0 \(status)\r\nCSeq: \(sequence)\r\n\(headers)\(length)\r\n\(body)")
        }
        switch words[0] {
        case "OPTIONS": reply("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN\r\n")
        case "DESCRIBE":
            guard let stream = Self.stream(uri), let description = catalog.sessionDescription(of: stream) else {
                return reply("404 Not Found")
            }
            reply("200 OK", "Content-Type: application/sdp\r\nContent-Base: \(uri)/\r\n", body: description)
        case "SETUP":
            guard let stream = Self.stream(uri), catalog.sessionDescription(of: stream) != nil else {
                return reply("404 Not Found")
            }
            let transport = request.headers["transport"] ?? ""
            guard transport.contains("TCP"), transport.contains("interleaved=0-1") else {
                return reply("461 Unsupported Transport")
            }
            session.stream = stream
            lastSession &+= 1
            reply("200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: \(lastSession);timeout=60\r\n")
        case "PLAY":
            guard let stream = session.stream else { return reply("455 Method Not Valid in This State") }
            reply("200 OK", "Session: \(request.headers["session"] ?? "")\r\nRange: npt=now-\r\n")
            guard !session.isPlaying else { return }
            session.isPlaying = true
            catalog.began(session, on: stream)
        case "TEARDOWN":
            if session.isPlaying, let stream = session.stream { catalog.ended(session, on: stream) }
            session.isPlaying = false
            reply("200 OK")
        case "GET_PARAMETER", "SET_PARAMETER":
            if answersKeepAlive { reply("200 OK", "Session: \(request.headers["session"] ?? "")\r\n") }
        default: reply("501 Not Implemented")
        }
    }

    /// `rtsp://…/cam/0007/track1` → 6.
    private static func stream(_ uri: String) -> Int? {
        guard let range = uri.firstRange(of: "/cam/") else { return nil }
        guard let number = Int(uri[range.upperBound...].prefix { $0.isNumber }), number > 0 else { return nil }
        return number - 1
    }
}
