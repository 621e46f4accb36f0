import Foundation
import Testing

@testable import lookout

@Suite struct GatewayStoresTests {
    private static let cameras = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../cameras").standardized

    /// A new key would open nothing of what the database holds, and say so only camera by camera.
    @Test func aLostVaultKeyIsNotReplaced() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lookout-stores-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "vault.key")
        try GatewayStores(dataDirectory: folder.path).close()
        try FileManager.default.removeItem(at: key)
        do {
            // Nothing is sealed yet: a new key does no harm.
            let stores = try GatewayStores(dataDirectory: folder.path)
            try await DemoInventory(folder: Self.cameras).importIfEmpty(into: stores)
            try stores.close()
        }
        let kept = try Data(contentsOf: key)
        try FileManager.default.removeItem(at: key)
        #expect { try GatewayStores(dataDirectory: folder.path) } throws: { error in
            "\(error)".contains("vaultKeyMissing") && "\(error)".contains(key.path)
        }
        #expect(!FileManager.default.fileExists(atPath: key.path))
        try kept.write(to: key)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
        try GatewayStores(dataDirectory: folder.path).close()
    }
}
