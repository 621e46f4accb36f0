import GatewayCore

/// A sign-in that succeeded. The token is told once and stored nowhere.
package struct SignIn: Sendable {
    package let token: SessionToken
    package let session: Session
    package let account: Account
}

/// A random password, told once.
package struct IssuedPassword: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let account: Account
    package let password: String

    package var description: String { "\(account.name): password(redacted)" }
    package var debugDescription: String { description }
}

/// What a password that a person chose must be.
package enum PasswordRule {
    package static let shortest = 12
    package static let byteLimit = 256

    /// - Throws: `passwordTooShort`, `passwordTooLong`.
    package static func check(_ password: String) throws(GatewayError) {
        guard password.utf8.count <= byteLimit else {
            throw GatewayError(.invalid, "passwordTooLong", "密码超过\(byteLimit)字节", details: ["field": "password"])
        }
        guard password.unicodeScalars.count >= shortest else {
            throw GatewayError(
                .invalid, "passwordTooShort", "密码少于\(shortest)个字符", remedy: "换用更长的密码", details: ["field": "password"])
        }
    }
}
