/// A scheme and its parameters, as in `WWW-Authenticate` and `Authorization` (RFC 7235 section 2.1).
struct AuthenticationParameters: Hashable, Sendable {
    let scheme: String
    /// What follows the scheme if it is no `name=value`: Basic's base 64.
    var token: String?
    private(set) var pairs: [Pair] = []

    struct Pair: Hashable, Sendable {
        let name: String
        /// Without quotes; backslashes kept.
        let value: String
    }

    init(scheme: String) { self.scheme = scheme }

    subscript(name: String) -> String? { pairs.first { $0.name.equalsIgnoringCase(name) }?.value }

    /// Reads a comma-separated list of `scheme name=value, name="value", …`. Whatever is malformed is left out.
    static func parseList(_ text: String) -> [AuthenticationParameters] {
        var scanner = Scanner(rest: Array(text.utf8.prefix(8_192))[...])
        var list: [AuthenticationParameters] = []
        while let word = scanner.word() {
            let isFollowedBySign = scanner.take(UInt8(ascii: "="))
            if isFollowedBySign, !list.isEmpty, !scanner.isPadding {
                list[list.count - 1].pairs.append(Pair(name: word, value: scanner.value()))
            } else if list.last.map({ $0.pairs.isEmpty && $0.token == nil && !scanner.crossedComma }) ?? false {
                list[list.count - 1].token = word + (isFollowedBySign ? "=" : "") + scanner.padding()
            } else {
                list.append(AuthenticationParameters(scheme: word))
            }
            if list.count > 32 { break }
        }
        return list
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>
        /// Whether a comma stood before the last word.
        var crossedComma = false

        mutating func word() -> String? {
            crossedComma = false
            while let byte = rest.first, byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=") {
                if byte == UInt8(ascii: ",") { crossedComma = true }
                rest.removeFirst()
            }
            let word = rest.prefix { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
            guard !word.isEmpty else { return nil }
            rest = rest.dropFirst(word.count)
            return String(decoding: word, as: UTF8.self)
        }

        /// Whether the `=` just taken belongs to base 64.
        var isPadding: Bool { rest.isEmpty || rest.first == UInt8(ascii: "=") }

        mutating func padding() -> String {
            let signs = rest.prefix { $0 == UInt8(ascii: "=") }
            rest = rest.dropFirst(signs.count)
            return String(decoding: signs, as: UTF8.self)
        }

        mutating func take(_ byte: UInt8) -> Bool {
            let blanks = rest.prefix { $0 == 0x20 || $0 == 0x09 }
            guard rest.dropFirst(blanks.count).first == byte else { return false }
            rest = rest.dropFirst(blanks.count + 1)
            return true
        }

        mutating func value() -> String {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard rest.first == UInt8(ascii: "\"") else {
                let bare = rest.prefix { $0 != UInt8(ascii: ",") }
                rest = rest.dropFirst(bare.count)
                return String(decoding: bare, as: UTF8.self).trimmed()
            }
            rest.removeFirst()
            var text: [UInt8] = []
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                text.append(byte)
                if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() { text.append(escaped) }
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
