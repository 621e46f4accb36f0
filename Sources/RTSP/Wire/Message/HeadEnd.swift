/// Where a message's head ends: after its first empty line, whatever its line breaks.
enum HeadEnd: Hashable {
    /// Length of the head with its empty line.
    case end(Int)
    /// No end in sight; the next search may begin at this offset.
    case incomplete(Int)
    /// A control character: this is not text.
    case binary

    static func find(_ bytes: borrowing RawSpan, from start: Int, limit: Int) -> HeadEnd {
        var index = start
        let count = min(bytes.byteCount, limit)
        while index < count {
            let byte = bytes.uint8(at: index)
            if byte == 0x0A {
                var next = index + 1
                while next < count, bytes.uint8(at: next) == 0x0D { next += 1 }
                guard next < count else { return .incomplete(next >= limit ? limit : index) }
                if bytes.uint8(at: next) == 0x0A { return .end(next + 1) }
                index = next
            } else if byte < 0x20, byte != 0x0D, byte != 0x09 {
                return .binary
            } else {
                index += 1
            }
        }
        return .incomplete(index)
    }
}
