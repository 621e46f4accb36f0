import Foundation
import GatewayCore

/// The server's side of authentication, as cameras do it: issues challenges and judges answers. One a connection.
///
/// A nonce's count must grow with each use where `qop=auth` is answered (RFC 7616 section 3.4); an answer to a nonce that
/// was rotated away is `stale` if it is right otherwise.
package struct DigestVerifier: Sendable {
    package enum Scheme: Hashable, Sendable {
        case basic
        case digest(DigestAlgorithm)
    }

    package enum Verdict: Hashable, Sendable {
        case accepted
        /// No `Authorization`, or one of a scheme that was not offered.
        case missing
        case wrong
        /// Right, but for a nonce that is no longer good: answer 401 with ``challenges(isStale:)`` of `true`.
        case stale
    }

    private let realm: String
    private let credentials: StreamCredentials
    private let schemes: [Scheme]
    private let offersAuth: Bool
    private let opaque: String?
    private var nonces: [String]
    private var highestCount: UInt32 = 0

    /// - Parameters:
    ///   - schemes: in the order in which they are offered; at least one.
    ///   - offersAuth: `qop="auth"`; otherwise the answers are RFC 2069's.
    ///   - nonce: for tests; random otherwise.
    package init(
        realm: String, credentials: StreamCredentials, schemes: [Scheme] = [.digest(.md5)], offersAuth: Bool = false,
        opaque: String? = nil, nonce: String? = nil
    ) {
        self.realm = realm
        self.credentials = credentials
        self.schemes = schemes
        self.offersAuth = offersAuth
        self.opaque = opaque
        self.nonces = [nonce ?? Self.freshNonce()]
    }

    /// The values of the `WWW-Authenticate` headers of a 401, one a scheme.
    package func challenges(isStale: Bool = false) -> [String] {
        schemes.map { scheme in
            switch scheme {
            case .basic: "Basic realm=\"\(realm)\""
            case .digest(let algorithm):
                DigestChallenge(
                    realm: realm, nonce: nonces.last ?? "", opaque: opaque, algorithm: algorithm,
                    namesAlgorithm: algorithm != .md5, offersAuth: offersAuth, isStale: isStale
                ).serialize()
            }
        }
    }

    /// From now on another nonce is asked for; answers to the last four are still told from wrong ones.
    package mutating func rotateNonce() {
        nonces.append(Self.freshNonce())
        if nonces.count > 5 { nonces.removeFirst() }
        highestCount = 0
    }

    /// - Parameters:
    ///   - authorization: the request's `Authorization` header.
    ///   - uri: of the request line; the answer must be for the same.
    package mutating func verify(authorization: String?, method: RTSPMethod, uri: String) -> Verdict {
        guard let authorization, let answer = AuthenticationParameters.parseList(authorization).first else { return .missing }
        if answer.scheme.equalsIgnoringCase("Basic") {
            guard schemes.contains(.basic) else { return .missing }
            let expected = Data("\(credentials.username):\(credentials.password)".utf8).base64EncodedString()
            return answer.token == expected ? .accepted : .wrong
        }
        guard answer.scheme.equalsIgnoringCase("Digest"), let algorithm = offered(answer["algorithm"]) else { return .missing }
        return verify(answer, algorithm, method, uri)
    }

    private func offered(_ name: String?) -> DigestAlgorithm? {
        guard let algorithm = name.map(DigestAlgorithm.init(wireName:)) ?? .md5 else { return nil }
        return schemes.contains(.digest(algorithm)) ? algorithm : nil
    }

    private mutating func verify(
        _ answer: AuthenticationParameters, _ algorithm: DigestAlgorithm, _ method: RTSPMethod, _ uri: String
    ) -> Verdict {
        let username = credentials.username.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        guard answer["username"] == username, answer["realm"] == realm, answer["uri"] == uri, let nonce = answer["nonce"],
            nonces.contains(nonce), answer["opaque"] == opaque
        else { return .wrong }
        var count: (nc: String, cnonce: String)?
        if offersAuth {
            guard answer["qop"]?.equalsIgnoringCase("auth") ?? false, let nc = answer["nc"], nc.utf8.count == 8,
                let cnonce = answer["cnonce"]
            else { return .wrong }
            count = (nc, cnonce)
        }
        let challenge = DigestChallenge(realm: realm, nonce: nonce, algorithm: algorithm, offersAuth: offersAuth)
        let expected = challenge.response(
            to: method, uri: uri, username: credentials.username, password: credentials.password, count: count,
            sessionNonce: answer["cnonce"] ?? "")
        guard answer["response"]?.equalsIgnoringCase(expected) ?? false else { return .wrong }
        guard nonce == nonces.last else { return .stale }
        if let count {
            guard let uses = UInt32(count.nc, radix: 16), uses > highestCount else { return .stale }
            highestCount = uses
        }
        return .accepted
    }

    private static func freshNonce() -> String {
        hexadecimal((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }
}
