import Crypto
import Foundation
import GatewayCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Seals cameras' user names and passwords with AES-256-GCM under a key that rests in a file of its own.
///
/// A sealed value is bound to its stream: bytes moved to another point, or changed, do not open. Layout: version 1 (1 byte),
/// key id (4, first bytes of the key's SHA-256), nonce (12), cipher text, tag (16). The plain text is the user name's
/// length (u16, big-endian), the user name and the password in UTF-8, and is padded with zeros, after a u16 with its length,
/// to a multiple of 64 bytes, so that the size tells nothing.
package struct CredentialVault: Sendable {
    package enum Fault: Error, Hashable, Sendable {
        /// Sealed under a key that is not this one.
        case otherKey
        /// Changed, cut short, or another stream's.
        case notAuthentic
        case tooLong
    }

    private let key: SymmetricKey
    private let keyID: [UInt8]

    /// - Parameter key: 32 bytes.
    package init(key: SymmetricKey) {
        self.key = key
        keyID = key.withUnsafeBytes { bytes in Array(SHA256.hash(data: Data(bytes)).prefix(4)) }
    }

    package func seal(_ credentials: StreamCredentials, of feed: FeedID) throws -> SealedCredentials {
        let username = Array(credentials.username.utf8)
        let password = Array(credentials.password.utf8)
        guard username.count + password.count <= 2_048, let nameLength = UInt16(exactly: username.count),
            let total = UInt16(exactly: username.count + password.count + 2)
        else { throw Fault.tooLong }
        var plain = Self.bytes(total) + Self.bytes(nameLength) + username + password
        plain.append(contentsOf: repeatElement(0, count: (64 - plain.count % 64) % 64))
        let header = [Self.version] + keyID
        let box = try AES.GCM.seal(plain, using: key, authenticating: Self.binding(header, feed))
        return SealedCredentials(bytes: header + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag))
    }

    package func open(_ sealed: SealedCredentials, of feed: FeedID) throws(Fault) -> StreamCredentials {
        let bytes = sealed.bytes
        guard bytes.count >= 33, bytes[0] == Self.version else { throw .notAuthentic }
        guard Array(bytes[1..<5]) == keyID else { throw .otherKey }
        let plain: [UInt8]
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: bytes[5..<17]), ciphertext: bytes[17..<(bytes.count - 16)],
                tag: bytes[(bytes.count - 16)...])
            plain = Array(try AES.GCM.open(box, using: key, authenticating: Self.binding(Array(bytes[..<5]), feed)))
        } catch {
            throw .notAuthentic
        }
        guard plain.count >= 4 else { throw .notAuthentic }
        let total = Int(plain[0]) << 8 | Int(plain[1])
        let nameLength = Int(plain[2]) << 8 | Int(plain[3])
        guard total >= 2 + nameLength, 2 + total <= plain.count else { throw .notAuthentic }
        return StreamCredentials(
            username: String(decoding: plain[4..<(4 + nameLength)], as: UTF8.self),
            password: String(decoding: plain[(4 + nameLength)..<(2 + total)], as: UTF8.self))
    }

    private static let version: UInt8 = 1
    private static func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    private static func binding(_ header: [UInt8], _ feed: FeedID) -> [UInt8] {
        header + Array("lookout.camera-credentials:\(feed)".utf8)
    }
}

extension CredentialVault {
    /// Opens the key file, or makes it if there is none: 32 random bytes, readable by nobody but the daemon's user.
    ///
    /// - Throws: `vaultKeyMissing` if there is none and none may be made; ``GatewayError`` if the file is open to others, not the user's own, or not 32 bytes. A missing key is only
    ///   made where `mayCreate` is set, since a new key cannot open what an old one has sealed.
    package static func open(file: URL, mayCreate: Bool = true) throws -> CredentialVault {
        let path = file.path
        let created = mayCreate ? Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600) : -1
        if created >= 0 {
            let key = SymmetricKey(size: .bits256)
            let bytes = key.withUnsafeBytes { Array($0) }
            // The permissions of open are narrowed by the umask, never widened; fchmod undoes an odd umask.
            let written = fchmod(created, 0o600) == 0 && write(created, bytes, bytes.count) == bytes.count && fsync(created) == 0
            close(created)
            guard written else {
                unlink(path)
                throw GatewayError(.failed, "vaultKeyUnwritable", "凭据密钥文件写入失败:\(file.lastPathComponent)", remedy: "检查数据目录的空间和权限")
            }
            return CredentialVault(key: key)
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT, !mayCreate { throw missing(file) }
            throw GatewayError(
                .failed, "vaultKeyUnreadable", "凭据密钥文件打不开:\(file.lastPathComponent)(\(String(cString: strerror(errno))))",
                remedy: "检查数据目录的权限;密钥丢失时从备份恢复")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw GatewayError(.failed, "vaultKeyUnreadable", "凭据密钥不是普通文件:\(file.lastPathComponent)", remedy: "从备份恢复")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw GatewayError(
                .failed, "vaultKeyExposed", "凭据密钥文件对其他用户开放(权限 \(String(status.st_mode & 0o777, radix: 8)))",
                remedy: "执行 chmod 600 \(file.lastPathComponent),并考虑更换摄像机密码")
        }
        guard status.st_uid == geteuid() else {
            throw GatewayError(.failed, "vaultKeyForeign", "凭据密钥文件属于另一个用户", remedy: "将其属主改为运行服务的用户")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        let count = read(descriptor, &bytes, bytes.count)
        guard count == 32 else {
            throw GatewayError(.failed, "vaultKeyMalformed", "凭据密钥文件不是 32 字节", remedy: "从备份恢复")
        }
        return CredentialVault(key: SymmetricKey(data: bytes[..<32]))
    }

    private static func missing(_ file: URL) -> GatewayError {
        GatewayError(
            .failed, "vaultKeyMissing", "缺少凭据密钥文件 \(file.path),而数据库中有用它加密的摄像机密码",
            remedy: "从备份恢复该文件。密钥确已丢失时,这些密码无法找回:先执行 (umask 077; head -c 32 /dev/urandom > '\(file.path)') "
                + "生成新密钥,启动后再重新导入带密码的点位清单",
            details: ["file": file.path])
    }
}
