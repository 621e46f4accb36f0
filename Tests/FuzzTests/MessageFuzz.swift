import GatewayCore
import NIOCore

@testable import RTSP

/// A camera's side of an RTSP connection.
enum MessageFuzz {
    static let password = "correct-horse-7"

    static func run(_ input: inout FuzzInput) throws(BrokenInvariant) {
        let mode = input.byte()
        let cuts = Cuts(seed: input.byte())
        let bytes = input.remainder()
        let limits =
            mode & 1 == 0 ? RTSPLimits.camera : RTSPLimits(headBytes: 256, bodyBytes: 512, headerFields: 6, skippedBytes: 300)
        let channels: Set<UInt8> = mode & 2 == 0 ? [] : [0, 1]
        let whole = try Decoded(bytes, cuts: nil, limits: limits, channels: channels)
        let pieces = try Decoded(bytes, cuts: cuts, limits: limits, channels: channels)
        // Where framing is lost, what is certain sooner wins: there the result may depend on what has come.
        if whole.skipped == 0, pieces.skipped == 0 {
            try require(whole.elements == pieces.elements, "other elements when read in pieces")
            try require(
                whole.error == pieces.error,
                "another error when read in pieces: \(describe(whole.error)), \(describe(pieces.error))")
            try require(whole.left == pieces.left || whole.error != nil, "other bytes are left when read in pieces")
        }
        for element in whole.elements { try check(element) }
        if mode & 4 != 0 { try converse(whole.elements, credentials: mode & 8 != 0, audio: mode & 32 != 0) }
        if mode & 16 != 0 { try resynchronize(bytes, channels: channels) }
    }

    private static func describe(_ error: RTSPWireError?) -> String { error.map(\.description) ?? "none" }

    /// A message written again is the same message.
    static func check(_ element: RTSPElement) throws(BrokenInvariant) {
        var written = ByteBuffer()
        switch element {
        case .interleaved(_, let payload):
            return try require(payload.readableBytes <= 65_535, "a frame longer than its length can say")
        case .request(let request):
            request.serialize(into: &written)
            try check(request.headers)
        case .response(let response):
            try require((100...999).contains(response.status), "a status of \(response.status)")
            response.serialize(into: &written)
            try check(response.headers)
        }
        guard let once = decode(written) else { throw BrokenInvariant(description: "a message cannot be read again") }
        // A line break within a line becomes a space, which may vanish beside others: the second writing is final.
        var again = ByteBuffer()
        switch (element, once) {
        case (.request(let old), .request(let new)):
            try require(old.method == new.method && old.body == new.body, "another request after writing")
            new.serialize(into: &again)
        case (.response(let old), .response(let new)):
            try require(old.status == new.status && old.body == new.body, "another response after writing")
            new.serialize(into: &again)
        default: throw BrokenInvariant(description: "another kind of message after writing")
        }
        try require(decode(again) == once, "a message changes with each writing")
    }

    private static func decode(_ message: ByteBuffer) -> RTSPElement? {
        var buffer = message
        // What was replaced by U+FFFD is longer than it was.
        var decoder = RTSPDecoder(limits: RTSPLimits(headBytes: 1 << 20, bodyBytes: 1 << 20, headerFields: 256))
        let element = try? decoder.next(from: &buffer)
        return buffer.readableBytes == 0 ? element ?? nil : nil
    }

    static func check(_ headers: RTSPHeaders) throws(BrokenInvariant) {
        for field in headers.fields {
            for transport in TransportHeader.parse(field.value) {
                let again = TransportHeader.parse(transport.serialize())
                guard again.count == 1, let same = again.first else {
                    throw BrokenInvariant(description: "a Transport cannot be read again: \(transport.serialize())")
                }
                try require(
                    same.profile == transport.profile && same.isMulticast == transport.isMulticast
                        && same.interleaved == transport.interleaved && same.ssrc == transport.ssrc,
                    "another Transport after writing")
            }
            if let session = SessionHeader.parse(field.value) {
                try require(SessionHeader.parse(session.serialize()) == session, "another Session after writing")
                try require((session.timeout ?? .seconds(1)) <= .seconds(86_400), "a session of more than a day")
            }
        }
        let challenges = AuthenticationChallenge.parse(headers.fields.map(\.value))
        try require(challenges.isEmpty == (AuthenticationChallenge.preferred(of: challenges) == nil), "no challenge is preferred")
        guard case .digest? = AuthenticationChallenge.preferred(of: challenges) else { return }
        var authorizer = Authorizer(credentials: StreamCredentials(username: "viewer", password: password))
        let answer = authorizer.authorization(for: .describe, uri: "rtsp://192.0.2.1/live", challenges: challenges)
        try require(answer?.contains(password) == false, "a digest's answer names the password, or there is none")
    }

    /// The client's half: it says nothing after its end, follows no redirect with credentials, and has one request under way.
    private static func converse(_ elements: [RTSPElement], credentials: Bool, audio: Bool) throws(BrokenInvariant) {
        guard case .success(let parsed) = StreamURL.parse("rtsp://192.0.2.1/live") else { return }
        let secret = credentials ? StreamCredentials(username: "viewer", password: password) : nil
        var configuration = RTSPClientConfiguration(url: parsed.url, credentials: secret)
        configuration.wantsAudio = audio
        var machine = RTSPClient.StateMachine(configuration: configuration)
        var watch = ClientWatch(camera: parsed.url)
        try watch.note(machine.start(), machine)
        try watch.note(machine.connected(), machine)
        for element in elements {
            switch element {
            case .request(let request): try watch.note(machine.received(request), machine)
            case .response(let response): try watch.note(machine.received(response), machine)
            case .interleaved: try watch.note(machine.receivedPacket(), machine)
            }
            if watch.hasDialled { try watch.note(machine.connected(), machine) }
            if machine.isPlaying { try watch.note(machine.keepAliveDue(), machine) }
        }
        try watch.note(machine.cancel(), machine)
        try watch.note(machine.deadlinePassed(), machine)
        try require(machine.isClosed, "a cancelled client is not closed")
    }

    private static func resynchronize(_ bytes: [UInt8], channels: Set<UInt8>) throws(BrokenInvariant) {
        for isFirst in [false, true] {
            let verdict = Resynchronizer(channels: channels, isFirst: isFirst).find(in: bytes.span.bytes, from: min(1, bytes.count))
            try require((0...bytes.count).contains(verdict.skip), "\(verdict.skip) of \(bytes.count) bytes are skipped")
            try require(!verdict.found || verdict.skip < bytes.count, "found behind the end")
        }
    }
}

/// What a decoder makes of a stream of bytes.
struct Decoded {
    private(set) var elements: [RTSPElement] = []
    private(set) var error: RTSPWireError?
    private(set) var skipped = 0
    private(set) var left = 0

    /// - Parameter cuts: `nil` for one read.
    init(_ bytes: [UInt8], cuts: Cuts?, limits: RTSPLimits, channels: Set<UInt8>) throws(BrokenInvariant) {
        var decoder = RTSPDecoder(limits: limits)
        decoder.channels = channels
        var cuts = cuts
        var rest = bytes[...]
        var buffer = ByteBuffer()
        while error == nil, !rest.isEmpty {
            let count = cuts?.next() ?? rest.count
            buffer.writeBytes(rest.prefix(count))
            rest = rest.dropFirst(count)
            do {
                while let element = try decoder.next(from: &buffer) {
                    elements.append(element)
                    guard elements.count <= bytes.count else { throw BrokenInvariant(description: "more elements than bytes") }
                }
            } catch let wire as RTSPWireError {
                error = wire
            } catch let broken as BrokenInvariant {
                throw broken
            } catch {
                throw BrokenInvariant(description: "an error of another type: \(error)")
            }
        }
        skipped = decoder.skippedBytes
        left = buffer.readableBytes
        try require(skipped <= bytes.count, "more bytes are skipped than came")
    }
}

/// Holds the client's state machine to its promises.
private struct ClientWatch {
    let camera: StreamURL
    private(set) var hasDialled = false
    private var isClosed = false
    private var isElsewhere = false

    init(camera: StreamURL) { self.camera = camera }

    /// Whatever a camera named, as many lines go out as the request has.
    private func lines(_ request: RTSPRequest) throws(BrokenInvariant) {
        var written = ByteBuffer()
        request.serialize(into: &written)
        let bytes = written.readableBytesView
        let breaks = (bytes.count { $0 == 0x0D }, bytes.count { $0 == 0x0A })
        let due = request.headers.fields.count + 2
        try require(breaks == (due, due), "a request of \(breaks) line breaks instead of \(due)")
    }

    mutating func note(_ actions: [RTSPClient.StateMachine.Action], _ machine: RTSPClient.StateMachine) throws(BrokenInvariant) {
        try require(actions.isEmpty || !isClosed, "a closed client acts")
        hasDialled = false
        for (index, action) in actions.enumerated() {
            switch action {
            case .dial(let url):
                hasDialled = true
                isElsewhere = isElsewhere || url != camera
            case .send(let request):
                let authorization = request.headers["Authorization"]
                try require(authorization == nil || !isElsewhere, "credentials go where a camera redirected")
                try lines(request)
            case .close(let error):
                try require(index == actions.count - 1, "something follows the close")
                try require(!"\(error)".contains(MessageFuzz.password), "an error names the password")
                isClosed = true
            case .keepAlive(let interval):
                try require(interval >= .milliseconds(500), "a keep-alive each \(interval)")
            case .reply, .openPorts, .deadline, .described, .playing, .audio, .watchSilence: break
            }
        }
        try require(machine.redirects <= RTSPClient.StateMachine.maximumRedirects, "\(machine.redirects) redirects")
    }
}
