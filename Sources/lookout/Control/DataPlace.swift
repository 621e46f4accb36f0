import ArgumentParser

/// Which gateway a command is about.
struct DataPlace: ParsableArguments {
    @Option(help: "The gateway's configuration, for its data folder.")
    var config: String?

    @Option(help: "The gateway's data folder, instead of the configuration.")
    var dataDir: String?

    func validate() throws {
        guard config == nil || dataDir == nil else { throw ValidationError("give --config or --data-dir, not both") }
    }

    /// The folder named, the configured one, or the default one.
    func dataDirectory() throws -> String {
        if let dataDir { return dataDir }
        guard let config else { return try GatewayConfiguration.parse("", file: "").configuration.dataDirectory }
        return try GatewayConfiguration.load(file: config).configuration.dataDirectory
    }

    /// Runs `online` with the gateway that runs on the folder, or `offline` on the folder itself, held meanwhile.
    func withGateway<Result>(
        online: (ControlClient) async throws -> Result, offline: (GatewayStores) async throws -> Result
    ) async throws -> Result {
        let directory = try dataDirectory()
        if let control = ControlClient(dataDirectory: directory) { return try await online(control) }
        let stores = try GatewayStores(existing: directory)
        do {
            let result = try await offline(stores)
            try stores.close()
            return result
        } catch {
            try? stores.close()
            throw error
        }
    }
}
