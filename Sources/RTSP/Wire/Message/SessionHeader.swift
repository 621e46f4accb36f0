/// A `Session` header (RFC 2326 section 12.37): an opaque identifier and how long the peer keeps it without a request.
package struct SessionHeader: Hashable, Sendable {
    package let id: String
    /// `nil` where the peer names none: 60 s then (RFC 2326 section 12.37).
    package let timeout: Duration?

    package static let defaultTimeout: Duration = .seconds(60)

    package init(id: String, timeout: Duration? = nil) {
        self.id = id
        self.timeout = timeout
    }

    /// `nil` for an empty identifier. A timeout that is no number of seconds from 1 is taken as not named; one beyond a
    /// day counts as a day.
    package static func parse(_ value: String) -> SessionHeader? {
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed() }
        guard let id = parts.first, !id.isEmpty, id.utf8.count <= 256 else { return nil }
        var timeout: Duration?
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed() }
            guard pair.count == 2, pair[0].equalsIgnoringCase("timeout") else { continue }
            guard let seconds = Int(pair[1].prefix { $0.isASCII && $0.isNumber }), seconds >= 1 else { continue }
            timeout = .seconds(min(seconds, 86_400))
        }
        return SessionHeader(id: id, timeout: timeout)
    }

    package func serialize() -> String { timeout.map { "\(id);timeout=\($0.components.seconds)" } ?? id }
}
