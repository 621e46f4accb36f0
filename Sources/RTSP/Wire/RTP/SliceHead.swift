import GatewayCore

/// The first fields of a slice (H.264 section 7.3.3, H.265 section 7.3.6.1), as far as a relay needs them.
package struct SliceHead: Hashable, Sendable {
    /// Whether it is the first slice of its picture.
    package let isFirst: Bool
    /// Whether it is predicted from no other picture; `nil` for H.265, which says so further in.
    package let isIntra: Bool?
    /// `pic_parameter_set_id`.
    package let parameterSet: Int

    /// - Parameters:
    ///   - bytes: that hold the slice.
    ///   - start: where its header's fields begin, after the NAL unit header.
    ///   - isKey: whether the NAL unit's type says ``NALUnitKind/key``: H.265 has another field then.
    package init?(_ bytes: RawSpan, from start: Int, isKey: Bool, codec: VideoCodec) {
        var reader = Bits(bytes, from: start)
        switch codec {
        case .h264:
            guard let first = reader.exponentialGolomb(), let type = reader.exponentialGolomb(), type <= 9,
                let set = reader.exponentialGolomb(), set <= 255
            else { return nil }
            self.init(isFirst: first == 0, isIntra: type % 5 == 2 || type % 5 == 4, parameterSet: set)
        case .h265:
            guard let first = reader.bit() else { return nil }
            if isKey { _ = reader.bit() }
            guard let set = reader.exponentialGolomb(), set <= 63 else { return nil }
            self.init(isFirst: first, isIntra: nil, parameterSet: set)
        }
    }

    private init(isFirst: Bool, isIntra: Bool?, parameterSet: Int) {
        self.isFirst = isFirst
        self.isIntra = isIntra
        self.parameterSet = parameterSet
    }

    /// The first eight bytes. The fields read here are short, and emulation prevention stands within none of them.
    private struct Bits {
        private var bits: UInt64 = 0
        private var left: Int

        init(_ bytes: RawSpan, from start: Int) {
            let count = max(0, min(8, bytes.byteCount - start))
            for index in 0..<count { bits = bits << 8 | UInt64(bytes.uint8(at: start + index)) }
            if count > 0 { bits <<= UInt64(64 - count * 8) }
            left = count * 8
        }

        mutating func bit() -> Bool? {
            guard left > 0 else { return nil }
            defer { skip(1) }
            return bits >> 63 == 1
        }

        mutating func exponentialGolomb() -> Int? {
            let zeros = bits.leadingZeroBitCount
            guard zeros <= 16, zeros * 2 + 1 <= left else { return nil }
            let value = Int(bits >> UInt64(63 - zeros * 2)) - 1
            skip(zeros * 2 + 1)
            return value
        }

        private mutating func skip(_ count: Int) {
            bits <<= UInt64(count)
            left -= count
        }
    }
}
