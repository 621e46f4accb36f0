import CameraRegistry
import Crypto
import Foundation
import GatewayCore
import Testing

struct CredentialVaultTests {
    let vault = CredentialVault(key: SymmetricKey(size: .bits256))
    let credentials = StreamCredentials(username: "操作员", password: "p@ss:/w?rd")

    @Test func whatIsSealedOpens() throws {
        for (name, password) in [("u", "p"), ("", ""), ("操作员", String(repeating: "密", count: 400)), ("a", "")] {
            let feed = FeedID(cameraPoint: .random(), stream: .sub)
            let plain = StreamCredentials(username: name, password: password)
            #expect(try vault.open(try vault.seal(plain, of: feed), of: feed) == plain)
        }
    }

    @Test func everyTamperedByteIsRefused() throws {
        let feed = FeedID(cameraPoint: .random())
        let sealed = try vault.seal(credentials, of: feed)
        for index in sealed.bytes.indices {
            var bytes = sealed.bytes
            bytes[index] ^= 1
            #expect(throws: CredentialVault.Fault.self) { try vault.open(SealedCredentials(bytes: bytes), of: feed) }
        }
        for end in 0..<sealed.bytes.count {
            #expect(throws: CredentialVault.Fault.self) {
                try vault.open(SealedCredentials(bytes: Array(sealed.bytes[..<end])), of: feed)
            }
        }
    }

    @Test func sealedBytesAreBoundToTheirStreamAndKey() throws {
        let point = CameraPointID.random()
        let sealed = try vault.seal(credentials, of: FeedID(cameraPoint: point, stream: .main))
        #expect(throws: CredentialVault.Fault.notAuthentic) { try vault.open(sealed, of: FeedID(cameraPoint: point, stream: .sub)) }
        #expect(throws: CredentialVault.Fault.notAuthentic) { try vault.open(sealed, of: FeedID(cameraPoint: .random())) }
        let other = CredentialVault(key: SymmetricKey(size: .bits256))
        #expect(throws: CredentialVault.Fault.otherKey) { try other.open(sealed, of: FeedID(cameraPoint: point)) }
        #expect(try vault.seal(credentials, of: FeedID(cameraPoint: point)) != sealed, "each sealing has its own nonce")
        #expect(!"\(sealed) \(String(reflecting: sealed))".contains("操作员"))
    }

    @Test func keyFileIsForItsOwnerAlone() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vault-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("vault.key")
        let feed = FeedID(cameraPoint: .random())
        let sealed = try CredentialVault.open(file: file).seal(credentials, of: feed)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.size] as? Int == 32)
        #expect(try CredentialVault.open(file: file).open(sealed, of: feed) == credentials)
        for mode in [0o640, 0o604, 0o660, 0o620] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let error = #expect(throws: GatewayError.self) { try CredentialVault.open(file: file) }
            #expect(error?.reason == "vaultKeyExposed")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try Data(repeating: 1, count: 31).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        #expect(throws: GatewayError.self) { try CredentialVault.open(file: file) }
        #expect(try Data(contentsOf: file).count == 31, "a bad key is never replaced")
        try FileManager.default.removeItem(at: file)
        let error = #expect(throws: GatewayError.self) { try CredentialVault.open(file: file, mayCreate: false) }
        #expect(error?.reason == "vaultKeyMissing" && error?.message.contains(file.path) == true)
        #expect(error?.remedy?.contains("备份") == true)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }
}
