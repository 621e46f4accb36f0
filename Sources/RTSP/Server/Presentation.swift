import NIOCore

/// What a DESCRIBE asks for.
package struct PresentationRequest: Sendable {
    /// The request URI as it came, ticket and all: never to be logged.
    package let uri: String
    /// Path of the URI with a leading `/`, percent escapes as they came, without query.
    package let path: String
    /// Query of the URI without `?`; `nil` if it has none.
    package let query: String?
    package let headers: RTSPHeaders
    /// The client's address, for the register of views.
    package let peer: String

    package init(uri: String, path: String, query: String?, headers: RTSPHeaders, peer: String) {
        self.uri = uri
        self.path = path
        self.query = query
        self.headers = headers
        self.peer = peer
    }
}

/// What a server says to a DESCRIBE.
// SAFETY: made and taken on the connection's loop alone; a future carries it there.
package enum PresentationAnswer: @unchecked Sendable {
    case presentation(any Presentation)
    /// A response with this status and these extra headers (a challenge, a `Location`); the connection stays open.
    case refused(status: Int, headers: RTSPHeaders)
}

/// Where an ``RTSPServer`` finds what it plays.
package protocol PresentationDirectory: Sendable {
    /// Called on the connection's loop; completes on it. A failed future is answered with 503.
    func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer>
}

/// One client's use of one presentation. Created by DESCRIBE, bound to the connection, confined to its event loop.
///
/// A presentation has one video track; its control URL is `track1`, its RTP channel 0 and its RTCP channel 1 whatever
/// channels the client asks for (RFC 2326 lets the server choose).
package protocol Presentation: AnyObject {
    /// The SDP body; tracks name themselves by relative `a=control`.
    var sessionDescription: String { get }

    /// Called for every request that follows the DESCRIBE; a response other than `nil` is sent instead of going on, and
    /// after a 403 the connection ends.
    func challenge(_ request: RTSPRequest) -> RTSPResponse?

    /// The client takes the sound too, which the description names `track2`: on channels 2 and 3, beside the video. `false` if
    /// there is none.
    func setUpAudio() -> Bool

    /// Start to write interleaved frames into the sink; the answer to PLAY has been written before.
    func play(into sink: any InterleavedSink)
    /// Call `answer` once, on the same event loop, with where the packets begin if that is known: it writes the answer to
    /// PLAY. Then start to write. Unless implemented, answers at once and plays.
    func start(into sink: any InterleavedSink, answer: @escaping (PacketPosition?) -> Void)
    func pause()
    /// The last call: TEARDOWN, the connection's end, or the server's.
    func teardown()
}

/// The packet with which a PLAY begins.
package struct PacketPosition: Hashable, Sendable {
    package let sequence: UInt16
    package let timestamp: UInt32

    package init(sequence: UInt16, timestamp: UInt32) {
        self.sequence = sequence
        self.timestamp = timestamp
    }
}

extension Presentation {
    package func start(into sink: any InterleavedSink, answer: @escaping (PacketPosition?) -> Void) {
        answer(nil)
        play(into: sink)
    }

    package func challenge(_ request: RTSPRequest) -> RTSPResponse? { nil }
    package func setUpAudio() -> Bool { false }
}

/// Where a presentation writes: one client's connection, or its UDP ports, for which the framing is taken off. Confined to
/// the event loop of the connection.
package protocol InterleavedSink: AnyObject {
    /// Bytes written but not yet taken by the kernel, as far as it matters for a queue.
    var pendingBytes: Int { get }
    /// Whole interleaved frames (`$`, channel, length, packet), one or more.
    func write(_ frames: ByteBuffer)
    func flush()
    /// Ends the connection; `teardown()` follows.
    func close()
}
