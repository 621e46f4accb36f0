import GatewayCore

/// NAL units of a byte stream (H.264 and H.265, annex B).
enum NALUnits {
    /// Ranges of the NAL units in `stream`, without start codes and trailing zero bytes; empty ones are left out.
    static func ranges(in stream: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        stream.withUnsafeBufferPointer { bytes in
            var start: Int?
            func close(_ end: Int) {
                guard let start else { return }
                var end = end
                while end > start, bytes[end - 1] == 0 { end -= 1 }
                if end > start { ranges.append(start..<end) }
            }
            var index = 0
            while index + 2 < bytes.count {
                if bytes[index + 2] > 1 {
                    index += 3
                } else if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                    close(index)
                    start = index + 3
                    index += 3
                } else {
                    index += 1
                }
            }
            close(bytes.count)
        }
        return ranges
    }

    enum Role { case parameterSet, slice(isFirst: Bool, isKey: Bool), other }

    /// What the unit is by its type: H.264 table 7-1, H.265 table 7-1. A slice is the first of its picture if
    /// `first_mb_in_slice` is 0 (coded as one bit 1), or by `first_slice_segment_in_pic_flag`.
    static func role(of unit: some Collection<UInt8>, codec: VideoCodec) -> Role {
        guard let first = unit.first else { return .other }
        switch codec {
        case .h264:
            let second = unit.dropFirst().first ?? 0
            return switch first & 0x1F {
            case 1, 5: .slice(isFirst: second & 0x80 != 0, isKey: first & 0x1F == 5)
            case 7, 8: .parameterSet
            default: .other
            }
        case .h265:
            let third = unit.dropFirst(2).first ?? 0
            return switch (first >> 1) & 0x3F {
            case let type where type <= 21: .slice(isFirst: third & 0x80 != 0, isKey: type >= 16)
            case 32, 33, 34: .parameterSet
            default: .other
            }
        }
    }
}
