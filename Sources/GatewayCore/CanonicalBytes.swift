/// Builds the one byte string that stands for a record under a hash or a signature: a tag line, then fields that say
/// their own length, so that no two records share their bytes.
package struct CanonicalBytes: Sendable {
    package private(set) var bytes: [UInt8]

    /// `tag` names the kind of record and the version of its layout; a line feed ends it.
    package init(tag: StaticString) {
        bytes = Array(tag.description.utf8)
        bytes.append(0x0A)
    }

    /// Length in bytes as u32, big-endian, then UTF-8.
    package mutating func append(_ text: String) {
        let utf8 = Array(text.utf8)
        append(bigEndian: UInt32(truncatingIfNeeded: utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// One byte, 0 or 1; if 1 the text follows.
    package mutating func append(optional text: String?) {
        append(byte: text == nil ? 0 : 1)
        if let text { append(text) }
    }

    /// i64, big-endian.
    package mutating func append(_ number: Int64) { append(bigEndian: UInt64(bitPattern: number)) }

    package mutating func append(byte: UInt8) { bytes.append(byte) }

    /// Bytes of a length that the layout fixes.
    package mutating func append(fixed field: [UInt8]) { bytes.append(contentsOf: field) }

    private mutating func append(bigEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Lower-case hexadecimal.
package enum Hexadecimal {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
