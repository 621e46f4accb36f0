/// One way to authenticate that a 401 offers.
package enum AuthenticationChallenge: Hashable, Sendable {
    case basic(realm: String)
    case digest(DigestChallenge)

    /// Everything that the `WWW-Authenticate` values offer and this gateway can answer, in their order: several headers,
    /// several challenges in one header, or both (RFC 7235 section 4.1).
    package static func parse(_ values: [String]) -> [AuthenticationChallenge] {
        values.prefix(16).flatMap { AuthenticationParameters.parseList($0) }.compactMap(challenge)
    }

    /// The strongest: SHA-256 before MD5 before Basic, whatever their order; the first of equals.
    package static func preferred(of challenges: [AuthenticationChallenge]) -> AuthenticationChallenge? {
        challenges.max { $0.strength < $1.strength }.flatMap { best in challenges.first { $0.strength == best.strength } }
    }

    private var strength: Int {
        switch self {
        case .basic: 0
        case .digest(let digest): digest.algorithm.strength
        }
    }

    private static func challenge(_ parameters: AuthenticationParameters) -> AuthenticationChallenge? {
        if parameters.scheme.equalsIgnoringCase("Basic") { return .basic(realm: parameters["realm"] ?? "") }
        guard parameters.scheme.equalsIgnoringCase("Digest"), let nonce = parameters["nonce"] else { return nil }
        let name = parameters["algorithm"].map { $0.trimmed() }
        guard let algorithm = name.map({ $0.isEmpty ? .md5 : DigestAlgorithm(wireName: $0) }) ?? .md5 else { return nil }
        let offers = parameters["qop"].map { $0.split(separator: ",").map { $0.trimmed() }.filter { !$0.isEmpty } } ?? []
        let offersAuth = offers.contains { $0.equalsIgnoringCase("auth") }
        // auth-int alone hashes bodies too; no camera is known to demand it.
        guard offers.isEmpty || offersAuth else { return nil }
        return .digest(
            DigestChallenge(
                realm: parameters["realm"] ?? "", nonce: nonce, opaque: parameters["opaque"], algorithm: algorithm,
                namesAlgorithm: name.map { !$0.isEmpty } ?? false, offersAuth: offersAuth,
                isStale: parameters["stale"]?.equalsIgnoringCase("true") ?? false))
    }
}
