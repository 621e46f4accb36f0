import Crypto
import CryptoExtras
import Foundation

/// A scrypt hash (RFC 7914) that carries its parameters: `$scrypt$ln=15,r=8,p=1$SALT$KEY`, base64 without padding.
package struct PasswordHash: Sendable, Hashable, CustomStringConvertible {
    package struct Parameters: Sendable, Hashable {
        /// log2 of the cost N.
        package var logCost: Int
        package var blockSize: Int
        package var parallelism: Int

        package init(logCost: Int, blockSize: Int = 8, parallelism: Int = 1) {
            self.logCost = logCost
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 32 MiB and about 100 ms on one core.
        package static let standard = Parameters(logCost: 15)

        /// What the gateway computes at all: a row from elsewhere cannot make it take gigabytes or minutes.
        var isBearable: Bool { (1...17).contains(logCost) && (1...16).contains(blockSize) && (1...4).contains(parallelism) }
    }

    package let parameters: Parameters
    package let salt: [UInt8]
    package let key: [UInt8]

    package var description: String {
        "$scrypt$ln=\(parameters.logCost),r=\(parameters.blockSize),p=\(parameters.parallelism)"
            + "$\(Self.base64(salt))$\(Self.base64(key))"
    }

    /// Reads what ``description`` wrote; `nil` for any other text, and for parameters out of bounds.
    package init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let numbers = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard numbers.count == 3, let cost = Self.number(numbers[0], "ln="), let size = Self.number(numbers[1], "r="),
            let lanes = Self.number(numbers[2], "p=")
        else { return nil }
        let parameters = Parameters(logCost: cost, blockSize: size, parallelism: lanes)
        guard parameters.isBearable, let salt = Self.bytes(parts[3]), let key = Self.bytes(parts[4]),
            (16...64).contains(salt.count), key.count == 32
        else { return nil }
        self.init(parameters: parameters, salt: salt, key: key)
    }

    private init(parameters: Parameters, salt: [UInt8], key: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
        self.key = key
    }

    /// Hashes under a new random salt. Blocks for as long as the parameters say.
    package init(of password: String, parameters: Parameters = .standard) throws {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.init(parameters: parameters, salt: salt, key: try Self.derive(password, salt: salt, parameters: parameters))
    }

    /// A hash that no password is known for: verifying against it costs as much as against a real one.
    package static func unmatchable(parameters: Parameters) -> PasswordHash {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<48).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return PasswordHash(parameters: parameters, salt: Array(bytes.prefix(16)), key: Array(bytes.suffix(32)))
    }

    /// Whether this is the password, compared in constant time. Blocks for as long as the parameters say.
    package func matches(_ password: String) throws -> Bool {
        let derived = try Self.derive(password, salt: salt, parameters: parameters)
        var difference = UInt8(truncatingIfNeeded: derived.count ^ key.count)
        for (left, right) in zip(derived, key) { difference |= left ^ right }
        return difference == 0
    }

    private static func derive(_ password: String, salt: [UInt8], parameters: Parameters) throws -> [UInt8] {
        // One spelling of each character, however the keyboard composed it.
        let text = password.precomposedStringWithCompatibilityMapping
        let key = try KDF.Scrypt.deriveKey(
            from: Data(text.utf8), salt: salt, outputByteCount: 32, rounds: 1 << parameters.logCost,
            blockSize: parameters.blockSize, parallelism: parameters.parallelism)
        return key.withUnsafeBytes { Array($0) }
    }

    private static func number(_ text: Substring, _ prefix: String) -> Int? {
        guard text.hasPrefix(prefix), text.count <= prefix.count + 3 else { return nil }
        return Int(text.dropFirst(prefix.count))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("=", with: "")
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: text + padding).map(Array.init)
    }
}
