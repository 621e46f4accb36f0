import Crypto
import Foundation
import GatewayCore

/// A person's sign-in. The token itself is never stored: the store holds its SHA-256.
package struct Session: Sendable, Hashable {
    /// Unused for so long, it ends.
    package static let idleLimit: Duration = .seconds(12 * 3_600)
    /// However much it is used, it ends so long after sign-in: three days, nine shifts.
    package static let ageLimit: Duration = .seconds(72 * 3_600)

    package let id: SessionID
    package let account: AccountID
    package let createdAt: Date
    package var expiresAt: Date
    /// Address that signed in.
    package let peer: String

    package init(id: SessionID, account: AccountID, createdAt: Date, expiresAt: Date, peer: String) {
        self.id = id
        self.account = account
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.peer = peer
    }

    /// When a session that is used at `date` ends if it is not used again.
    package static func expiry(createdAt: Date, usedAt date: Date) -> Date {
        min(date + idleLimit.timeInterval, createdAt + ageLimit.timeInterval)
    }
}

/// The secret that a client shows with every request: 32 random bytes as 43 characters of base64url.
package struct SessionToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let text: String

    /// `nil` if it has not the shape of a token; costs no hash.
    package init?(_ text: String) {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard text.utf8.count == 43, isAllowed else { return nil }
        self.text = text
    }

    private init(bytes: [UInt8]) {
        text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    package static func random() -> SessionToken {
        var generator = SystemRandomNumberGenerator()
        return SessionToken(bytes: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// SHA-256 of the text. 256 random bits need no salt and no slow hash.
    package var hash: [UInt8] { Array(SHA256.hash(data: Data(text.utf8))) }

    package var description: String { "token(redacted)" }
    package var debugDescription: String { description }
}

extension Duration {
    /// Seconds.
    package var timeInterval: TimeInterval {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
