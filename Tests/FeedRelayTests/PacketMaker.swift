import GatewayCore

/// Makes RTP packets as a camera would.
struct PacketMaker {
    var sequence: UInt16 = 65_533
    var timestamp: UInt32 = 0xFFFF_FF00
    var ssrc: UInt32 = 0xCAFE

    mutating func packet(_ payload: [UInt8], marker: Bool = false) -> [UInt8] {
        defer { sequence &+= 1 }
        let header: [UInt8] = [0x80, (marker ? 0x80 : 0) | 102]
        return header + bytes(UInt32(sequence)).suffix(2) + bytes(timestamp) + bytes(ssrc) + payload
    }

    /// The packets of a NAL unit: one, or fragments of 1,200 bytes (RFC 6184 section 5.8, RFC 7798 section 4.4.3).
    mutating func packets(of unit: [UInt8], codec: VideoCodec) -> [(packet: [UInt8], isLast: Bool)] {
        let limit = 1_200
        guard unit.count > limit else { return [(packet(unit), true)] }
        let header = codec == .h264 ? 1 : 2
        let body = unit.dropFirst(header)
        return stride(from: body.startIndex, to: body.endIndex, by: limit).map { start in
            let end = min(start + limit, body.endIndex)
            let edges: UInt8 = (start == body.startIndex ? 0x80 : 0) | (end == body.endIndex ? 0x40 : 0)
            let first: [UInt8] =
                switch codec {
                case .h264: [unit[0] & 0x60 | 28, edges | unit[0] & 0x1F]
                case .h265: [unit[0] & 0x81 | 49 << 1, unit[1], edges | (unit[0] >> 1) & 0x3F]
                }
            return (packet(first + body[start..<end]), end == body.endIndex)
        }
    }

    /// The packet with its marker bit set or not.
    func marked(_ packet: [UInt8], _ marker: Bool) -> [UInt8] {
        var packet = packet
        packet[1] = packet[1] & 0x7F | (marker ? 0x80 : 0)
        return packet
    }

    private func bytes(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }
}

/// SplitMix64: the same numbers each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
