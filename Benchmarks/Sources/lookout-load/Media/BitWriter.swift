/// Bits of an H.264 syntax structure, most significant first (ITU-T H.264 sections 7.2 and 9.1).
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var bitCount = 0

    mutating func bits(_ value: UInt32, _ count: Int) {
        for shift in stride(from: count - 1, through: 0, by: -1) {
            if bitCount % 8 == 0 { bytes.append(0) }
            bytes[bytes.count - 1] |= UInt8(value >> UInt32(shift) & 1) << UInt8(7 - bitCount % 8)
            bitCount += 1
        }
    }

    /// `ue(v)`.
    mutating func unsigned(_ value: UInt32) {
        let length = 32 - (value + 1).leadingZeroBitCount
        bits(0, length - 1)
        bits(value + 1, length)
    }

    /// `se(v)`.
    mutating func signed(_ value: Int32) { unsigned(value > 0 ? UInt32(2 * value - 1) : UInt32(-2 * value)) }

    mutating func flag(_ value: Bool) { bits(value ? 1 : 0, 1) }

    /// `rbsp_trailing_bits()`.
    mutating func trailing() {
        bits(1, 1)
        while bitCount % 8 != 0 { bits(0, 1) }
    }

    /// The NAL unit: header, and emulation prevention (section 7.4.1).
    func nalUnit(header: UInt8) -> [UInt8] {
        var unit = [header]
        var zeros = 0
        for byte in bytes {
            if zeros == 2, byte <= 3 {
                unit.append(3)
                zeros = 0
            }
            unit.append(byte)
            zeros = byte == 0 ? zeros + 1 : 0
        }
        return unit
    }
}
