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
