/// User name and password of a camera. Its description never shows the password.
package struct StreamCredentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let username: String
    package let password: String

    package init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    package var description: String { "credentials(redacted)" }
    package var debugDescription: String { description }
}

/// The address of a stream, without the credentials that stood before its host.
///
/// A URL that carries credentials is split by ``parse(_:)``; they travel and rest apart from the address. Some makes want a
/// password in path or query besides: the address as it is goes to cameras, the register and whoever may see it there, as
/// ``unredacted``; its description is safe to log and show.
package struct StreamURL: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Scheme: String, Sendable, Hashable, CaseIterable {
        case rtsp, rtsps
        /// Pulled by a demuxer: RTMP; HTTP-FLV, HLS and MJPEG.
        case rtmp, rtmps, http, https
        /// Pulled from nowhere: the security company's relay publishes it to the gateway. The host is the relay's name, for
        /// people: `push://ansheng-relay`.
        case push

        package var isRTSP: Bool { self == .rtsp || self == .rtsps }
    }

    package enum ParseError: Error, Hashable, CustomStringConvertible {
        case scheme(String)
        case host
        case port
        case character
        case tooLong

        package var description: String {
            switch self {
            case .scheme(let scheme):
                "the scheme is «\(scheme)», which is not carried: rtsp, rtsps, rtmp, rtmps, http, https and push are"
            case .host: "the host is missing or malformed"
            case .port: "the port is not a number from 1 to 65535"
            case .character: "it contains a space or a control character"
            case .tooLong: "it is longer than 2,048 bytes"
            }
        }
    }

    package let scheme: Scheme
    /// A DNS name, an IPv4 address, or an IPv6 address without brackets.
    package let host: String
    package let port: Int
    /// Path and query, beginning with `/`; never with a fragment.
    package let target: String

    package init(scheme: Scheme = .rtsp, host: String, port: Int = 554, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target.hasPrefix("/") ? target : "/" + target
    }

    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == Self.defaultPort(scheme) ? name : "\(name):\(port)"
    }

    /// The whole address, as it stands on the wire and in the register. Never for a log or an error.
    package var unredacted: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// The whole address with credentials before its host, for a program that takes them there. Never for a log, an error or a
    /// command line.
    package func address(with credentials: StreamCredentials?) -> String {
        guard let credentials else { return unredacted }
        let user = "\(Self.escaped(credentials.username)):\(Self.escaped(credentials.password))"
        return "\(scheme.rawValue)://\(user)@\(authority)\(target)"
    }

    /// All but unreserved characters (RFC 3986 section 2.3) as percent escapes.
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Character(UnicodeScalar(byte))
            let isPlain = scalar.isASCII && (scalar.isLetter || scalar.isNumber || "-._~".contains(scalar))
            return isPlain ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    /// The address without the values of its query, and without what follows the name of a password in its path:
    /// `rtsp://192.0.2.7/user=admin_password=…`, `rtsp://192.0.2.7/cam?channel=…&subtype=…`.
    package var description: String {
        let question = target.firstIndex(of: "?")
        var text = "\(scheme.rawValue)://\(authority)\(Self.redacted(path: target[..<(question ?? target.endIndex)]))"
        if let question {
            let pairs = target[target.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
            let shown = pairs.map { pair in
                pair.contains("=") ? String(pair.prefix { $0 != "=" }) + "=…" : pair.isEmpty ? "" : "…"
            }
            text += "?" + shown.joined(separator: "&")
        }
        return text
    }

    package var debugDescription: String { description }

    private static func redacted(path: Substring) -> String {
        let names = ["password=", "passwd=", "pass=", "pwd=", "psw=", "token=", "auth=", "key="]
        let lower = path.lowercased()
        guard lower.count == path.count else { return "/…" }
        let ends = names.compactMap { lower.range(of: $0)?.upperBound }
        guard let end = ends.min() else { return String(path) }
        return path.prefix(lower.distance(from: lower.startIndex, to: end)) + "…"
    }

    /// Splits a URL as it stands in an inventory into its address and, if it has any, its credentials.
    ///
    /// The user information ends at the *last* `@` before the path: cameras are found with `@` and `:` in passwords.
    /// Percent escapes in it are decoded.
    package static func parse(_ text: String) -> Result<(url: StreamURL, credentials: StreamCredentials?), ParseError> {
        guard text.utf8.count <= 2_048 else { return .failure(.tooLong) }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else { return .failure(.character) }
        guard let mark = text.range(of: "://") else { return .failure(.scheme("")) }
        let schemeText = text[..<mark.lowerBound].lowercased()
        guard let scheme = Scheme(rawValue: schemeText) else { return .failure(.scheme(schemeText)) }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" })
        var authority = rest[..<(end ?? rest.endIndex)]
        var tail = end.map { rest[$0...] } ?? ""
        var credentials: StreamCredentials?
        // A password may hold «/» or «?»: the last «@» of the whole text wins if the part before the path has none.
        if let at = authority.lastIndex(of: "@") {
            credentials = Self.credentials(authority[..<at])
            authority = authority[authority.index(after: at)...]
        } else if let at = rest.lastIndex(of: "@"), rest[..<at].contains(":"), !Self.looksLikeHost(authority) {
            credentials = Self.credentials(rest[..<at])
            let after = rest[rest.index(after: at)...]
            let slash = after.firstIndex(of: "/")
            authority = after[..<(slash ?? after.endIndex)]
            tail = slash.map { after[$0...] } ?? ""
        }
        guard let (host, port) = Self.hostAndPort(authority) else { return .failure(.host) }
        guard let port = port.map({ Int($0) ?? 0 }) ?? Self.defaultPort(scheme), (1...65_535).contains(port) else {
            return .failure(.port)
        }
        if let fragment = tail.firstIndex(of: "#") { tail = tail[..<fragment] }
        return .success((StreamURL(scheme: scheme, host: host, port: port, target: String(tail)), credentials))
    }

    package static func defaultPort(_ scheme: Scheme) -> Int? {
        switch scheme {
        case .rtsp, .push: 554
        case .rtsps: 322
        case .rtmp: 1_935
        case .http: 80
        case .rtmps, .https: 443
        }
    }

    private static func looksLikeHost(_ text: Substring) -> Bool {
        guard let (_, port) = hostAndPort(text) else { return false }
        return port.map { Int($0) != nil } ?? true
    }

    private static func hostAndPort(_ text: Substring) -> (host: String, port: Substring?)? {
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            guard !host.isEmpty, host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." || $0 == "%" }) else { return nil }
            if rest.isEmpty { return (String(host), nil) }
            return rest.first == ":" ? (String(host), rest.dropFirst()) : nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2,
            host.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_") })
        else { return nil }
        return (String(host), parts.count == 2 ? parts[1] : nil)
    }

    private static func credentials(_ text: Substring) -> StreamCredentials {
        let colon = text.firstIndex(of: ":")
        let user = text[..<(colon ?? text.endIndex)]
        let password = colon.map { text[text.index(after: $0)...] } ?? ""
        return StreamCredentials(username: decoded(user), password: decoded(password))
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
