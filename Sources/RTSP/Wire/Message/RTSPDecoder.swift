import NIOCore

/// Takes messages and interleaved frames off a byte stream. Holds no bytes of its own: what is incomplete stays in the
/// caller's buffer, to which the caller appends.
///
/// Tolerant where cameras are known to be sloppy: line breaks, spaces and NULs between messages, LF alone, odd case of
/// the version, several spaces, folded and colon-less header lines. Once the peer has spoken RTSP, bytes that are neither
/// a message nor a frame are skipped up to the next plausible one, and counted: cameras drop part of a frame when their
/// send buffer is full.
package struct RTSPDecoder: Sendable {
    /// Channels on which the peer may send. While empty, every channel is plausible. Set it once the tracks are set up:
    /// a `$` in the middle of lost framing is then told from a frame.
    package var channels: Set<UInt8> = []
    /// Bytes thrown away while looking for the next frame or message.
    package private(set) var skippedBytes = 0
    /// How often framing was lost and looked for again.
    package private(set) var resynchronizations = 0

    private let limits: RTSPLimits
    private var state = State.boundary
    private var hasSpoken = false

    private enum State: Hashable {
        case boundary
        /// In a message's head; so many bytes were already searched for its end.
        case head(searched: Int)
        case body(RTSPMessageHead, length: Int)
        /// Framing is lost; so many bytes were skipped since.
        case searching(skipped: Int)
    }

    package init(limits: RTSPLimits = .default) { self.limits = limits }

    /// Whether the next byte begins an element: the packet path may then take frames off the buffer by itself.
    package var isAtBoundary: Bool { state == .boundary }

    /// The next element, or `nil` if more bytes are needed. After an error the connection is of no use any more.
    package mutating func next(from buffer: inout ByteBuffer) throws(RTSPWireError) -> RTSPElement? {
        while true {
            switch state {
            case .boundary:
                guard let decision = try boundary(&buffer) else { return nil }
                if let frame = decision.frame { return frame }
            case .head(let searched):
                guard try head(&buffer, searched: searched) else { return nil }
            case .body(let head, let length):
                guard let body = buffer.readSlice(length: length) else { return nil }
                state = .boundary
                hasSpoken = true
                return head.element(body: body)
            case .searching(let skipped):
                guard try search(&buffer, skipped: skipped) else { return nil }
            }
        }
    }

    /// Counts a frame that the packet path took off the buffer without this decoder.
    package mutating func tookFrame() { hasSpoken = true }

    private struct Decision { var frame: RTSPElement? }

    /// `nil` if more bytes are needed; otherwise a frame, or a new state.
    private mutating func boundary(_ buffer: inout ByteBuffer) throws(RTSPWireError) -> Decision? {
        guard let first = buffer.skipBlank() else { return nil }
        if first == FrameHeader.magic {
            guard let header = FrameHeader(buffer.readableBytesSpan) else { return nil }
            guard isPlausible(header, buffer) else {
                try loseFraming()
                return Decision()
            }
            guard let payload = buffer.readFrame(header) else { return nil }
            hasSpoken = true
            return Decision(frame: .interleaved(channel: header.channel, payload: payload))
        }
        switch MessageStart.judge(buffer.readableBytesSpan) {
        case .plausible: state = .head(searched: 0)
        case .unknown: return nil
        case .implausible: try loseFraming()
        }
        return Decision()
    }

    private func isPlausible(_ header: FrameHeader, _ buffer: ByteBuffer) -> Bool {
        if channels.isEmpty || channels.contains(header.channel) { return true }
        // A track that was never set up, sent all the same: believed only if it looks like RTP.
        guard header.length > 0 else { return false }
        guard let payloadStart = buffer.getInteger(at: buffer.readerIndex + 4, as: UInt8.self) else { return true }
        return payloadStart >> 6 == 2 && header.channel < 32
    }

    private mutating func loseFraming() throws(RTSPWireError) {
        guard hasSpoken else { throw .notRTSP }
        resynchronizations += 1
        state = .searching(skipped: 0)
    }

    /// `false` if more bytes are needed.
    private mutating func head(_ buffer: inout ByteBuffer, searched: Int) throws(RTSPWireError) -> Bool {
        let search = HeadEnd.find(buffer.readableBytesSpan, from: searched, limit: limits.headBytes)
        switch search {
        case .incomplete(let searched):
            guard searched < limits.headBytes else { return try abandonHead(.headTooLong(limit: limits.headBytes)) }
            state = .head(searched: searched)
            return false
        case .binary:
            return try abandonHead(.malformedStartLine)
        case .end(let length):
            let head: RTSPMessageHead
            let bodyLength: Int
            do {
                head = try RTSPMessageHead.parse(buffer, length: length, limits: limits)
                bodyLength = try head.bodyLength(limit: limits.bodyBytes)
            } catch .malformedStartLine {
                return try abandonHead(.malformedStartLine)
            }
            buffer.moveReaderIndex(forwardBy: length)
            state = .body(head, length: bodyLength)
            return true
        }
    }

    /// What looked like a message was none. Fatal, unless the peer sends interleaved data that may have lost its framing.
    private mutating func abandonHead(_ error: RTSPWireError) throws(RTSPWireError) -> Bool {
        guard !channels.isEmpty else { throw error }
        try loseFraming()
        return true
    }

    /// `false` if more bytes are needed. The first byte is known to begin nothing when `skipped` is 0.
    private mutating func search(_ buffer: inout ByteBuffer, skipped: Int) throws(RTSPWireError) -> Bool {
        let verdict = Resynchronizer(channels: channels)
            .find(in: buffer.readableBytesSpan, from: skipped == 0 ? min(1, buffer.readableBytes) : 0)
        buffer.moveReaderIndex(forwardBy: verdict.skip)
        skippedBytes += verdict.skip
        let total = skipped + verdict.skip
        if verdict.found {
            state = .boundary
            return true
        }
        guard total <= limits.skippedBytes else { throw .desynchronized(skipped: total) }
        state = .searching(skipped: total)
        return false
    }
}
