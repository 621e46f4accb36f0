/// What a `Range` header asks of a body of a known size (RFC 9110 section 14).
enum ByteRange: Equatable, Sendable {
    /// No range, one that is not of bytes, several, or a malformed one: the whole body is sent.
    case whole
    /// First to last byte, both within the body.
    case part(ClosedRange<Int>)
    case notSatisfiable

    /// - Parameter size: the body's bytes, 0 or more.
    init(header: String?, size: Int) {
        guard let header, header.utf8.count <= 200, header.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
        guard parts.count == 2, parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
            self = .whole
            return
        }
        switch (Int(parts[0]), Int(parts[1])) {
        case (let first?, let last?) where first <= last: self = Self.clamped(first, last, size)
        case (let first?, nil) where parts[1].isEmpty: self = Self.clamped(first, .max, size)
        case (nil, let count?) where parts[0].isEmpty:
            self = count == 0 ? .notSatisfiable : Self.clamped(max(0, size - count), .max, size)
        default: self = .whole
        }
    }

    private static func clamped(_ first: Int, _ last: Int, _ size: Int) -> ByteRange {
        guard first < size else { return .notSatisfiable }
        return .part(first...min(last, size - 1))
    }
}
