import GatewayCore

/// The recovery point message of a supplemental enhancement unit (H.264 section D.2.8, H.265 section D.3.8): decoding may
/// begin here although the picture is no IDR. Streams of intra refresh know no other beginning.
package enum RecoveryPoint {
    private static let payloadType = 6

    /// After how many pictures a decoder that begins here shows a whole one; 0: with this. `nil` if the unit holds no such
    /// message, or one that is cut.
    package static func distance(in unit: RawSpan, codec: VideoCodec) -> Int? {
        var cursor = Cursor(index: codec == .h264 ? 1 : 2)
        while let type = cursor.number(unit), let size = cursor.number(unit) {
            if type == payloadType { return cursor.exponentialGolomb(unit, size: size, isSigned: codec == .h265) }
            for _ in 0..<size {
                guard cursor.next(unit) != nil else { return nil }
            }
        }
        return nil
    }

    /// Reads a NAL unit's bytes in place, without those that prevent the emulation of start codes.
    private struct Cursor {
        var index: Int
        var zeros = 0

        mutating func next(_ unit: RawSpan) -> UInt8? {
            guard index < unit.byteCount else { return nil }
            var byte = unit.uint8(at: index)
            index += 1
            if zeros >= 2, byte == 3 {
                guard index < unit.byteCount else { return nil }
                byte = unit.uint8(at: index)
                index += 1
                zeros = 0
            }
            zeros = byte == 0 ? zeros + 1 : 0
            return byte
        }

        /// A payload's type or size: bytes of 255 and one below, added up. At most 64 KiB.
        mutating func number(_ unit: RawSpan) -> Int? {
            var sum = 0
            while let byte = next(unit) {
                sum += Int(byte)
                guard sum <= 65_536 else { return nil }
                if byte < 255 { return sum }
            }
            return nil
        }

        mutating func exponentialGolomb(_ unit: RawSpan, size: Int, isSigned: Bool) -> Int? {
            var bits: UInt64 = 0
            var count = 0
            while count < min(size, 5), let byte = next(unit) {
                bits = bits << 8 | UInt64(byte)
                count += 1
            }
            guard count > 0 else { return nil }
            bits <<= UInt64(64 - count * 8)
            let zeros = bits.leadingZeroBitCount
            guard zeros * 2 + 1 <= count * 8 else { return nil }
            let value = Int(bits >> UInt64(63 - zeros * 2)) - 1
            // H.265 counts in output order, and may point back.
            return isSigned ? (value & 1 == 1 ? value / 2 + 1 : 0) : value
        }
    }
}
