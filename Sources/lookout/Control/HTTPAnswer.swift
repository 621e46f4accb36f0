import Foundation

/// A whole HTTP/1.1 response as it was read to its end.
struct HTTPAnswer: Equatable {
    let status: Int
    let body: Data

    /// `nil` if the head is malformed, or the body is shorter than it says.
    init?(_ bytes: Data) {
        let bytes = Data(bytes)
        guard let gap = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<gap.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
        let fields = lines.dropFirst().map { $0.lowercased() }
        let rest = Data(bytes[gap.upperBound...])
        if fields.contains(where: { $0.hasPrefix("transfer-encoding:") && $0.hasSuffix("chunked") }) {
            guard let joined = Self.unchunked(rest) else { return nil }
            self.body = joined
        } else if let field = fields.first(where: { $0.hasPrefix("content-length:") }) {
            guard let length = Int(field.dropFirst(15).trimmingCharacters(in: .whitespaces)), length >= 0, rest.count >= length
            else {
                return nil
            }
            self.body = Data(rest.prefix(length))
        } else {
            self.body = rest
        }
        self.status = status
    }

    private static func unchunked(_ bytes: Data) -> Data? {
        var rest = bytes[...]
        var body = Data()
        while let end = rest.range(of: Data("\r\n".utf8)) {
            let text = String(decoding: rest[rest.startIndex..<end.lowerBound], as: UTF8.self).prefix { $0 != ";" }
            guard let size = Int(text, radix: 16), size >= 0 else { return nil }
            if size == 0 { return body }
            rest = rest[end.upperBound...]
            guard rest.count >= size else { return nil }
            body += rest.prefix(size)
            rest = rest.dropFirst(size)
            guard rest.count >= 2 else { return nil }
            rest = rest.dropFirst(2)
        }
        return nil
    }
}
