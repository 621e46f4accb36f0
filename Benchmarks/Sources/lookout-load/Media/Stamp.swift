import CLoad

/// When an access unit was sent, and which it is: user data in a SEI message, which every relay and every container carries
/// along with the picture, however it is packed anew.
struct Stamp {
    var sent: MonotonicTime
    /// Number of the unit on its camera.
    var unit: UInt32
    /// From 1 on.
    var camera: UInt32

    private static let identifier: [UInt8] = Array("Lookout:LoadTime".utf8)
    private static let fieldLengths = [10, 5, 3]
    private static let byteCount = fieldLengths.reduce(0, +)

    /// The whole NAL unit without its content (section 7.3.2.3.1: user_data_unregistered), and where the content goes.
    static let nalUnit: [UInt8] =
        [NALUnitType.supplement, 5, UInt8(identifier.count + byteCount)] + identifier
        + [UInt8](repeating: 0x80, count: byteCount) + [0x80]
    static let contentOffset = 3 + identifier.count

    /// Writes the content, seven bits a byte and the eighth set, so that no byte is zero.
    func write(to target: UnsafeMutableRawPointer) {
        var offset = 0
        for (value, length) in zip([sent.nanoseconds, UInt64(unit), UInt64(camera)], Self.fieldLengths) {
            for position in 0..<length {
                let seven = UInt8(truncatingIfNeeded: value >> UInt64(7 * position)) | 0x80
                target.storeBytes(of: seven, toByteOffset: offset, as: UInt8.self)
                offset += 1
            }
        }
    }

    /// The first stamp in the bytes; `nil` without a whole one.
    static func find(in bytes: UnsafeRawBufferPointer) -> Stamp? {
        guard let base = bytes.baseAddress, let found = load_find(base, bytes.count, identifier, identifier.count) else {
            return nil
        }
        var offset = found - base + identifier.count
        guard offset + byteCount <= bytes.count else { return nil }
        let fields = fieldLengths.map { length in
            var value: UInt64 = 0
            for position in 0..<min(length, 9) { value |= UInt64(bytes[offset + position] & 0x7F) << UInt64(7 * position) }
            offset += length
            return value
        }
        return Stamp(
            sent: MonotonicTime(nanoseconds: fields[0]), unit: UInt32(truncatingIfNeeded: fields[1]),
            camera: UInt32(truncatingIfNeeded: fields[2]))
    }
}
