import GatewayCore

/// What names a parameter set: a stream may hold several of a kind, told apart by number, and a new one replaces the old one
/// of its number only (H.264 section 7.4.1.2.1, H.265 section 7.4.2.4.2).
package struct ParameterSetID: Hashable, Sendable {
    /// One of `sps`, `pps`, `vps`.
    package let kind: NALUnitKind
    package let number: Int
    /// Of a picture parameter set: the sequence parameter set that it belongs to.
    package let sequence: Int?

    /// - Parameter unit: a whole NAL unit without start code. `nil` for other units, and for one that ends too soon.
    package init?(_ unit: [UInt8], codec: VideoCodec) {
        guard let first = unit.first, unit.count <= ParameterSets.longestUnit else { return nil }
        let kind = NALUnitKind(codec, firstByte: first)
        var reader = BitReader(unit: unit)
        reader.skip(codec == .h264 ? 8 : 16)
        let number: Int
        var sequence: Int?
        switch (codec, kind) {
        case (.h264, .sps):
            reader.skip(24)
            number = reader.unsigned()
        case (_, .pps):
            number = reader.unsigned()
            sequence = reader.unsigned()
        case (.h265, .vps): number = reader.bits(4)
        case (.h265, .sps):
            reader.skip(4)
            let layers = reader.bits(3)
            Self.skipProfile(&reader, layers: layers)
            number = reader.unsigned()
        default: return nil
        }
        let limit = kind == .pps ? 255 : 31
        guard !reader.isExhausted, number <= limit, (sequence ?? 0) <= 31 else { return nil }
        self.kind = kind
        self.number = number
        self.sequence = sequence
    }

    /// H.265 section 7.3.3, after the three bits of the number of layers.
    private static func skipProfile(_ reader: inout BitReader, layers: Int) {
        reader.skip(1 + 96)
        guard layers > 0 else { return }
        var present: [(profile: Bool, level: Bool)] = []
        for _ in 0..<layers { present.append((reader.bit(), reader.bit())) }
        for _ in layers..<8 { reader.skip(2) }
        for layer in present { reader.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0)) }
    }
}
