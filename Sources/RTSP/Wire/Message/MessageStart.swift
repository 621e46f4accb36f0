/// Whether bytes at a boundary can begin an RTSP message: a token of letters and underscores, then a space or, in a
/// status line, a slash.
enum MessageStart: Hashable {
    case plausible
    case implausible
    /// Too few bytes to say.
    case unknown

    static let longestToken = 32

    static func judge(_ bytes: borrowing RawSpan, from start: Int = 0) -> MessageStart {
        var index = start
        let end = min(bytes.byteCount, start + longestToken)
        while index < end {
            let byte = bytes.uint8(at: index)
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x5F: index += 1
            case 0x20, 0x09: return index > start ? .plausible : .implausible
            case 0x2F: return isProtocolName(bytes, start, index) ? .plausible : .implausible
            default: return .implausible
            }
        }
        return index - start >= longestToken ? .implausible : .unknown
    }

    private static func isProtocolName(_ bytes: borrowing RawSpan, _ start: Int, _ end: Int) -> Bool {
        end - start == 4 && bytes.uint8(at: start) | 0x20 == 0x72 && bytes.uint8(at: start + 1) | 0x20 == 0x74
            && bytes.uint8(at: start + 2) | 0x20 == 0x73 && bytes.uint8(at: start + 3) | 0x20 == 0x70
    }
}
