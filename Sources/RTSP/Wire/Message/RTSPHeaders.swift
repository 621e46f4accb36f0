import NIOCore

/// Header fields of one message, in the order they came; names compare without case (RFC 2326 section 4.2).
package struct RTSPHeaders: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(_ pairs: KeyValuePairs<String, String>) {
        for (name, value) in pairs { add(name, value) }
    }

    /// The first value of `name`. Setting one replaces all of them; setting `nil` removes them.
    package subscript(name: String) -> String? {
        get { fields.first { $0.name.equalsIgnoringCase(name) }?.value }
        set {
            if let newValue { replace(name, newValue) } else { remove(name) }
        }
    }

    /// Every value of `name`: `WWW-Authenticate` comes once a challenge from most cameras.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.equalsIgnoringCase(name) }.map(\.value)
    }

    package mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// Puts the value where the first one of that name stood, or at the end.
    package mutating func replace(_ name: String, _ value: String) {
        let place = fields.firstIndex { $0.name.equalsIgnoringCase(name) }
        remove(name)
        fields.insert(Field(name: name, value: value), at: min(place ?? fields.count, fields.count))
    }

    package mutating func remove(_ name: String) { fields.removeAll { $0.name.equalsIgnoringCase(name) } }

    /// Glues a folded line to the field before it.
    mutating func appendToLast(_ text: String) {
        guard let last = fields.popLast() else { return }
        fields.append(Field(name: last.name, value: last.value.isEmpty ? text : last.value + " " + text))
    }

    func serialize(into buffer: inout ByteBuffer, bodyLength: Int) {
        for field in fields where !field.name.equalsIgnoringCase("Content-Length") {
            buffer.writeHeadText(field.name)
            buffer.writeStaticString(": ")
            buffer.writeHeadText(field.value)
            buffer.writeStaticString("\r\n")
        }
        if bodyLength > 0 { buffer.writeString("Content-Length: \(bodyLength)\r\n") }
        buffer.writeStaticString("\r\n")
    }
}

extension RTSPHeaders: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }
}

extension ByteBuffer {
    /// Writes text of a start line or header; a line break in it becomes a space, so that no value can forge a header.
    mutating func writeHeadText(_ text: String) {
        if text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) {
            writeBytes(text.utf8.map { $0 == 0x0D || $0 == 0x0A ? 0x20 : $0 })
        } else {
            writeString(text)
        }
    }
}

extension StringProtocol {
    /// ASCII comparison without case: header names, schemes and SDP tokens are ASCII.
    func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8) { lhs, rhs in
            lhs == rhs || (lhs | 0x20 == rhs | 0x20 && (0x61...0x7A).contains(lhs | 0x20))
        }
    }

    /// Without spaces, tabs, line breaks, NULs and byte order marks on either side.
    func trimmed() -> String { String(Substring(self).trimmedPart()) }
}

extension Substring {
    /// The same without a copy.
    func trimmedPart() -> Substring {
        var bytes = utf8
        while let first = bytes.first {
            if first <= 0x20 {
                bytes.removeFirst()
            } else if first == 0xEF, bytes.starts(with: Self.byteOrderMark) {
                bytes.removeFirst(3)
            } else {
                break
            }
        }
        while let last = bytes.last {
            if last <= 0x20 {
                bytes.removeLast()
            } else if last == 0xBF, bytes.suffix(3).elementsEqual(Self.byteOrderMark) {
                bytes.removeLast(3)
            } else {
                break
            }
        }
        return Substring(bytes)
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
