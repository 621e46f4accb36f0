/// A camera's user name and password, encrypted by a ``CredentialVault``: all that a store ever sees of them.
package struct SealedCredentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Layout in ``CredentialVault``.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package var description: String { "credentials(sealed)" }
    package var debugDescription: String { description }
}
