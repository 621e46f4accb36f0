/// What a Digest challenge asks for (RFC 7616 section 3.3). Quoted values are kept as they stand between the quotes,
/// backslashes included: that is what both sides hash.
package struct DigestChallenge: Hashable, Sendable {
    package var realm: String
    package var nonce: String
    package var opaque: String?
    package var algorithm: DigestAlgorithm
    /// Whether the header named the algorithm; if it did, the answer names it too.
    package var namesAlgorithm: Bool
    /// Whether `qop` offers `auth`. Without any `qop` the answer is RFC 2069's.
    package var offersAuth: Bool
    package var isStale: Bool

    package init(
        realm: String, nonce: String, opaque: String? = nil, algorithm: DigestAlgorithm = .md5, namesAlgorithm: Bool = true,
        offersAuth: Bool = true, isStale: Bool = false
    ) {
        self.realm = realm
        self.nonce = nonce
        self.opaque = opaque
        self.algorithm = algorithm
        self.namesAlgorithm = namesAlgorithm
        self.offersAuth = offersAuth
        self.isStale = isStale
    }

    /// The value of a `WWW-Authenticate` header.
    package func serialize() -> String {
        var text = "Digest realm=\"\(realm)\", nonce=\"\(nonce)\""
        if let opaque { text += ", opaque=\"\(opaque)\"" }
        if namesAlgorithm { text += ", algorithm=\(algorithm.rawValue)" }
        if offersAuth { text += ", qop=\"auth\"" }
        if isStale { text += ", stale=true" }
        return text
    }

    /// The `response` of RFC 7616 section 3.4.1, in hexadecimal.
    ///
    /// - Parameter count: nonce count and client nonce, both where `qop=auth` is answered. An algorithm of a session
    ///   needs the client nonce too.
    func response(
        to method: RTSPMethod, uri: String, username: String, password: String, count: (nc: String, cnonce: String)?,
        sessionNonce: String
    ) -> String {
        var first = algorithm.hash("\(username):\(realm):\(password)")
        if algorithm.isSession { first = algorithm.hash("\(first):\(nonce):\(sessionNonce)") }
        let second = algorithm.hash("\(method.rawValue):\(uri)")
        guard let count else { return algorithm.hash("\(first):\(nonce):\(second)") }
        return algorithm.hash("\(first):\(nonce):\(count.nc):\(count.cnonce):auth:\(second)")
    }
}
