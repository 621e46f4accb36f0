/// Finds the next frame or message in a stream of interleaved data whose framing is lost.
///
/// A frame is believed when its channel is one in use (or any below 32 while none is known), its payload is at least an
/// RTCP header long and of RTP version 2, and what follows it begins a frame or a message too. Before the peer's first
/// message nothing but a status line is believed.
struct Resynchronizer {
    struct Verdict: Hashable {
        /// Bytes that begin nothing.
        var skip: Int
        /// Whether the byte after them begins an element; otherwise more bytes are needed.
        var found: Bool
    }

    private enum Candidate { case accepted, refused, incomplete }

    let channels: Set<UInt8>
    var isFirst = false

    func find(in bytes: borrowing RawSpan, from start: Int) -> Verdict {
        var index = start
        let count = bytes.byteCount
        // What may be a frame, but is not whole yet. Noise can look so for 64 KiB: what is certain sooner goes before.
        var doubtful: Int?
        while index < count {
            let byte = bytes.uint8(at: index)
            var candidate = Candidate.refused
            if isFirst {
                if byte == 0x52 { candidate = message(bytes, at: index, of: Self.literals.prefix(1)) }
            } else if byte == FrameHeader.magic {
                candidate = frame(bytes, at: index)
            } else if (0x41...0x5A).contains(byte) || byte == 0x72 {
                candidate = message(bytes, at: index, of: Self.literals[...])
            }
            switch candidate {
            case .accepted: return Verdict(skip: index, found: true)
            case .incomplete:
                doubtful = doubtful ?? index
                index += 1
            case .refused: index += 1
            }
        }
        return Verdict(skip: doubtful ?? count, found: false)
    }

    private func frame(_ bytes: borrowing RawSpan, at index: Int) -> Candidate {
        guard index + 4 < bytes.byteCount else { return .incomplete }
        let channel = bytes.uint8(at: index + 1)
        let length = Int(bytes.uint8(at: index + 2)) << 8 | Int(bytes.uint8(at: index + 3))
        guard channels.isEmpty ? channel < 32 : channels.contains(channel) else { return .refused }
        guard length >= 8, bytes.uint8(at: index + 4) >> 6 == 2 else { return .refused }
        let next = index + FrameHeader.byteCount + length
        guard next < bytes.byteCount else { return .incomplete }
        switch bytes.uint8(at: next) {
        case FrameHeader.magic:
            guard next + 1 < bytes.byteCount else { return .incomplete }
            let following = bytes.uint8(at: next + 1)
            // Tracks that nobody set up stand between ours on some cameras.
            return following < 32 || channels.contains(following) ? .accepted : .refused
        case 0x41...0x5A, 0x0D, 0x0A: return .accepted
        default: return .refused
        }
    }

    private static let literals = [
        "RTSP/1.", "OPTIONS ", "GET_PARAMETER ", "SET_PARAMETER ", "ANNOUNCE ", "REDIRECT ", "TEARDOWN ", "PLAY ", "PAUSE ",
        "DESCRIBE ", "SETUP ", "RECORD ",
    ].map { Array($0.utf8) }

    private func message(_ bytes: borrowing RawSpan, at index: Int, of literals: ArraySlice<[UInt8]>) -> Candidate {
        var isPrefix = false
        for literal in literals {
            let available = min(literal.count, bytes.byteCount - index)
            var matched = 0
            while matched < available, bytes.uint8(at: index + matched) == literal[matched] { matched += 1 }
            if matched == literal.count { return .accepted }
            isPrefix = isPrefix || matched == available
        }
        return isPrefix ? .incomplete : .refused
    }
}
