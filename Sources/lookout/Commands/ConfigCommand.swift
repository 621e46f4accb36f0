import ArgumentParser

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The configuration file.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says everything that is wrong with a configuration file.")

        @Argument(help: "The YAML file; lookout.sample.yaml describes every key.")
        var file: String

        @Flag(help: "Print every key with the value that takes effect; secrets are hidden.")
        var show = false

        func run() throws {
            let keys: [ConfigurationKey]
            do {
                keys = try GatewayConfiguration.load(file: file).keys
            } catch {
                StandardStreams.error("\(error)")
                throw ExitCode.failure
            }
            if show {
                for key in keys { print("\(key.path): \(key.valueText)") }
            } else {
                print("\(file): valid, \(keys.count) keys")
            }
        }
    }
}
