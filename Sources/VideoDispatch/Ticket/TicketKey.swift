import Crypto
import Foundation
import GatewayCore

/// The secret with which tickets are signed: 32 random bytes in a file that only the daemon's user may read.
package struct TicketKey: Sendable, CustomStringConvertible {
    static let signatureBytes = 32

    private let key: SymmetricKey

    /// A new random key, held in memory only.
    package init() { key = SymmetricKey(size: .bits256) }

    /// - Parameter bytes: exactly 32.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// Reads the key of `file`, or makes one there with mode 0600 if the file does not exist.
    ///
    /// A file of another size is refused, never overwritten: it is not ours.
    package static func load(from file: URL) throws -> TicketKey {
        let path = file.path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 33)
            let count = read(descriptor, &bytes, 33)
            guard count == 32, let key = TicketKey(bytes: Array(bytes.prefix(32))) else {
                throw GatewayError(
                    .failed, "ticketKeyMalformed", "The ticket key \(file.lastPathComponent) is not 32 bytes long.",
                    remedy: "Move it away: a new key is made at the next start, and tickets then out are void.")
            }
            return key
        }
        guard errno == ENOENT else { throw Self.fileError("read", file) }
        let key = TicketKey()
        try key.store(in: file)
        return key
    }

    private func store(in file: URL) throws {
        let temporary = file.path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fileError("create", file) }
        defer { close(descriptor) }
        let bytes = key.withUnsafeBytes { [UInt8]($0) }
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0, rename(temporary, file.path) == 0
        else { throw Self.fileError("write", file) }
    }

    func signature(of bytes: [UInt8]) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    }

    /// Compares in constant time.
    func isValid(_ signature: ArraySlice<UInt8>, of bytes: ArraySlice<UInt8>) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: bytes, using: key)
    }

    package var description: String { "ticket key (redacted)" }

    private static func fileError(_ verb: String, _ file: URL) -> GatewayError {
        let cause = String(cString: strerror(errno))
        return GatewayError(
            .failed, "ticketKeyUnavailable", "Could not \(verb) the ticket key \(file.lastPathComponent): \(cause).",
            remedy: "Check the rights of the data folder.")
    }
}
