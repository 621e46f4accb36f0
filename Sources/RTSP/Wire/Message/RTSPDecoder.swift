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
            switch isPlausible(header, buffer) {
            case true?: break
            case false?:
                try loseFraming(buffer)
                return Decision()
            case nil: return nil
            }
            guard let payload = buffer.readFrame(header) else { return nil }
            hasSpoken = true
            return Decision(frame: .interleaved(channel: header.channel, payload: payload))
        }
        switch MessageStart.judge(buffer.readableBytesSpan) {
        case .plausible: state = .head(searched: 0)
        case .unknown: return nil
        case .implausible: try loseFraming(buffer)
        }
        return Decision()
    }

    /// `nil` if more bytes are needed. Cameras send tracks that nobody set up, and private data on channels of their own:
    /// such a frame is believed if it looks like RTP, or if what follows it is one of ours.
    private func isPlausible(_ header: FrameHeader, _ buffer: ByteBuffer) -> Bool? {
        if channels.isEmpty || channels.contains(header.channel) { return true }
        let payload = buffer.readerIndex + FrameHeader.byteCount
        if header.length > 0 {
            guard let first = buffer.getInteger(at: payload, as: UInt8.self) else { return nil }
            if first >> 6 == 2, header.channel < 32 { return true }
        }
        let end = payload + header.length
        guard let next = buffer.getInteger(at: end, as: UInt8.self) else { return nil }
        if next != FrameHeader.magic { return next == UInt8(ascii: "R") || next == UInt8(ascii: "\r") }
        guard let channel = buffer.getInteger(at: end + 1, as: UInt8.self) else { return nil }
        return channels.contains(channel) || channel == header.channel
    }

    /// What to say of a peer whose last bytes are neither message nor frame when time is up; `nil` for any other.
    package var noise: RTSPWireError? {
        guard case .searching(let skipped) = state else { return nil }
        guard hasSpoken else { return .notRTSP }
        return channels.isEmpty ? .malformedStartLine : .desynchronized(skipped: skipped)
    }

    private mutating func loseFraming(_ buffer: ByteBuffer) throws(RTSPWireError) {
        guard hasSpoken || limits.strayBytes > 0 else { throw .notRTSP }
        if !hasSpoken, buffer.readableBytesView.starts(with: "HTTP/".utf8) { throw .notRTSP }
        if hasSpoken { resynchronizations += 1 }
        state = .searching(skipped: 0)
    }

    /// `false` if more bytes are needed.
    private mutating func head(_ buffer: inout ByteBuffer, searched: Int) throws(RTSPWireError) -> Bool {
        let search = HeadEnd.find(buffer.readableBytesSpan, from: searched, limit: limits.headBytes)
        switch search {
        case .incomplete(let searched):
            guard searched < limits.headBytes else {
                return try abandonHead(.headTooLong(limit: limits.headBytes), buffer)
            }
            state = .head(searched: searched)
            return false
        case .binary:
            return try abandonHead(.malformedStartLine, buffer)
        case .end(let length):
            let head: RTSPMessageHead
            let bodyLength: Int
            do {
                head = try RTSPMessageHead.parse(buffer, length: length, limits: limits)
                bodyLength = try head.bodyLength(limit: limits.bodyBytes)
            } catch .malformedStartLine {
                return try abandonHead(.malformedStartLine, buffer)
            }
            buffer.moveReaderIndex(forwardBy: length)
            state = .body(head, length: bodyLength)
            return true
        }
    }

    /// What looked like a message was none. Fatal, unless the peer sends interleaved data that may have lost its framing, or
    /// is one that is known to stammer.
    private mutating func abandonHead(_ error: RTSPWireError, _ buffer: ByteBuffer) throws(RTSPWireError) -> Bool {
        guard !channels.isEmpty || error == .malformedStartLine && limits.strayBytes > 0 else { throw error }
        try loseFraming(buffer)
        return true
    }

    /// `false` if more bytes are needed. The first byte is known to begin nothing when `skipped` is 0.
    private mutating func search(_ buffer: inout ByteBuffer, skipped: Int) throws(RTSPWireError) -> Bool {
        let verdict = Resynchronizer(channels: channels, isFirst: !hasSpoken)
            .find(in: buffer.readableBytesSpan, from: skipped == 0 ? min(1, buffer.readableBytes) : 0)
        buffer.moveReaderIndex(forwardBy: verdict.skip)
        skippedBytes += verdict.skip
        let total = skipped + verdict.skip
        if verdict.found {
            state = .boundary
            return true
        }
        guard hasSpoken || total <= limits.strayBytes else { throw .notRTSP }
        guard total <= limits.skippedBytes else { throw .desynchronized(skipped: total) }
        state = .searching(skipped: total)
        return false
    }
}
