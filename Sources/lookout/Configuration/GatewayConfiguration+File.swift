import Foundation

extension GatewayConfiguration {
    /// Reads and validates a file as a whole.
    ///
    /// - Throws: ``ConfigurationFaults`` with every fault found.
    static func load(
        file path: String
    ) throws(ConfigurationFaults) -> (configuration: GatewayConfiguration, keys: [ConfigurationKey]) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw ConfigurationFaults(
                file: path,
                faults: [
                    ConfigurationFault(
                        path: "", line: nil, message: exists ? "cannot be read as UTF-8 text" : "there is no such file",
                        remedy: exists ? "check its rights and encoding" : "copy lookout.sample.yaml there")
                ])
        }
        return try parse(text, file: path)
    }

    static func parse(
        _ text: String, file: String
    ) throws(ConfigurationFaults) -> (
        configuration: GatewayConfiguration, keys: [ConfigurationKey]
    ) {
        var reader = ConfigurationReader(yaml: text)
        let configuration = GatewayConfiguration(reading: &reader)
        guard reader.faults.isEmpty else { throw ConfigurationFaults(file: file, faults: reader.faults) }
        return (configuration, reader.keys)
    }
}
