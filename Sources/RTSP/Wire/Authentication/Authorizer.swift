import Foundation
import GatewayCore

/// The client's side of authentication: remembers the challenge it answers and counts the uses of its nonce.
///
/// Once a challenge is known every request carries an answer without being asked again. Its description shows nothing.
package struct Authorizer: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let credentials: StreamCredentials
    private let makeClientNonce: @Sendable () -> String
    private var challenge: AuthenticationChallenge?
    private var uses: UInt32 = 0
    private var sessionNonce = ""

    /// - Parameter clientNonce: for tests; 16 random hexadecimal digits otherwise.
    package init(credentials: StreamCredentials, clientNonce: (@Sendable () -> String)? = nil) {
        self.credentials = credentials
        self.makeClientNonce = clientNonce ?? { String(UInt64.random(in: .min ... .max), radix: 16) }
    }

    package var description: String { "authorizer(redacted)" }
    package var debugDescription: String { description }

    /// The nonce that answers are made for now; `nil` before a challenge and for Basic.
    package var nonce: String? {
        if case .digest(let digest) = challenge { digest.nonce } else { nil }
    }

    /// The value of an `Authorization` header, or `nil` while no challenge is known that can be answered.
    ///
    /// - Parameters:
    ///   - uri: exactly as it stands in the request line; it is hashed.
    ///   - challenges: what the last 401 offered; empty to answer the remembered one.
    package mutating func authorization(
        for method: RTSPMethod, uri: String, challenges: [AuthenticationChallenge] = []
    ) -> String? {
        if let preferred = AuthenticationChallenge.preferred(of: challenges) { adopt(preferred) }
        switch challenge {
        case nil: return nil
        case .basic:
            return "Basic " + Data("\(credentials.username):\(credentials.password)".utf8).base64EncodedString()
        case .digest(let digest): return answer(digest, method, uri)
        }
    }

    private mutating func adopt(_ new: AuthenticationChallenge) {
        if case .digest(let digest) = new, digest.nonce != nonce {
            uses = 0
            sessionNonce = makeClientNonce()
        }
        challenge = new
    }

    private mutating func answer(_ digest: DigestChallenge, _ method: RTSPMethod, _ uri: String) -> String {
        uses &+= 1
        let clientNonce = digest.algorithm.isSession ? sessionNonce : makeClientNonce()
        let digits = String(uses, radix: 16)
        let count = digest.offersAuth ? (String(repeating: "0", count: 8 - digits.count) + digits, clientNonce) : nil
        let response = digest.response(
            to: method, uri: uri, username: credentials.username, password: credentials.password, count: count,
            sessionNonce: sessionNonce)
        let username = credentials.username.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        var text = "Digest username=\"\(username)\", realm=\"\(digest.realm)\", nonce=\"\(digest.nonce)\", uri=\"\(uri)\""
        text += ", response=\"\(response)\""
        if digest.namesAlgorithm { text += ", algorithm=\(digest.algorithm.rawValue)" }
        if let opaque = digest.opaque { text += ", opaque=\"\(opaque)\"" }
        if let count {
            text += ", qop=auth, nc=\(count.0), cnonce=\"\(count.1)\""
        } else if digest.algorithm.isSession {
            text += ", cnonce=\"\(clientNonce)\""
        }
        return text
    }
}
