/// Reads bits of a raw byte sequence payload, most significant first. Past the end it yields zeros and says so:
/// a parser runs straight through and asks ``isExhausted`` at its end.
struct BitReader {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var isExhausted = false

    /// - Parameter unit: a NAL unit with its header, whose emulation prevention bytes (00 00 03) are removed.
    init(unit: [UInt8]) {
        var payload: [UInt8] = []
        payload.reserveCapacity(unit.count)
        var zeros = 0
        for byte in unit {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            payload.append(byte)
        }
        bytes = payload
    }

    /// - Parameter bytes: read as they are.
    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func bit() -> Bool {
        guard position >> 3 < bytes.count else {
            isExhausted = true
            return false
        }
        let bit = bytes[position >> 3] >> (7 - UInt8(position & 7)) & 1
        position += 1
        return bit == 1
    }

    /// - Parameter count: 0…32.
    mutating func bits(_ count: Int) -> Int {
        var value = 0
        for _ in 0..<count { value = value << 1 | (bit() ? 1 : 0) }
        return value
    }

    mutating func skip(_ count: Int) {
        guard count > 0 else { return }
        guard count <= bytes.count * 8 - position else {
            position = bytes.count * 8
            isExhausted = true
            return
        }
        position += count
    }

    /// `ue(v)`: 0…2³²−2. A longer code ends the reading.
    mutating func unsigned() -> Int {
        var zeros = 0
        while !isExhausted, !bit() {
            zeros += 1
            if zeros > 32 {
                skip(.max)
                return 0
            }
        }
        return isExhausted ? 0 : (1 << zeros) - 1 + bits(zeros)
    }

    /// `se(v)`.
    mutating func signed() -> Int {
        let code = unsigned()
        return code & 1 == 1 ? code / 2 + 1 : -(code / 2)
    }
}
