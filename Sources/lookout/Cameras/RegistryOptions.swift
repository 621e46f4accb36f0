import ArgumentParser
import CameraRegistry
import GatewayStore

/// Where a command finds the registry when no daemon holds the data folder.
struct RegistryOptions: ParsableArguments {
    @Option(help: "The data folder; no daemon may hold it.")
    var dataDir: String

    /// Opens the folder under its lock, and closes it again.
    ///
    /// - Parameter mayCreate: whether a folder without a database becomes a new gateway's.
    func withStores<Result: Sendable>(
        mayCreate: Bool = false, _ body: (GatewayStores) async throws -> Result
    ) async throws -> Result {
        let stores = try mayCreate ? GatewayStores(dataDirectory: dataDir) : GatewayStores(existing: dataDir)
        let result: Result
        do {
            result = try await body(stores)
        } catch {
            try? stores.close()
            throw error
        }
        try stores.close()
        return result
    }
}
