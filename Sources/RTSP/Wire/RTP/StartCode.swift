/// The start codes of a byte stream (H.264 and H.265 annex B). They have no place in RTP, and inside a NAL unit emulation
/// prevention keeps three bytes `00 00 01` from occurring: where they do, a camera packed several units as one.
package enum StartCode {
    /// Index of the first `00` of the next `00 00 01` at or after `start`; `nil` if there is none.
    package static func find(in bytes: RawSpan, from start: Int = 0) -> Int? {
        var index = max(0, start)
        let last = bytes.byteCount - 3
        while index <= last {
            switch bytes.uint8(at: index + 2) {
            case 0: index += 1
            case 1 where bytes.uint8(at: index) == 0 && bytes.uint8(at: index + 1) == 0: return index
            default: index += 3
            }
        }
        return nil
    }

    /// Whether the bytes begin with a start code of three or four bytes.
    package static func leads(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 4, bytes.uint8(at: 0) == 0, bytes.uint8(at: 1) == 0 else { return false }
        return bytes.uint8(at: 2) == 1 || bytes.uint8(at: 2) == 0 && bytes.uint8(at: 3) == 1
    }

    /// The NAL units between start codes, without them and without zeros at their ends; none is empty.
    package static func units(in bytes: RawSpan) -> [Range<Int>] {
        var units: [Range<Int>] = []
        var start = 0
        while start < bytes.byteCount {
            let next = find(in: bytes, from: start)
            var end = next ?? bytes.byteCount
            while end > start, bytes.uint8(at: end - 1) == 0 { end -= 1 }
            if end > start { units.append(start..<end) }
            guard let next else { break }
            start = next + 3
        }
        return units
    }
}
