import ArgumentParser
import GatewayCore
import Logging
import RTSP

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Runs the gateway.")

    @Option(help: "The configuration; lookout.sample.yaml describes every key.")
    var config: String

    func run() async throws {
        try await reportingFailure {
            let settings = try GatewayConfiguration.load(file: config).configuration
            try ProgramFolder.check()
            let logger = GatewayLog.start(level: settings.logLevel)
            DescriptorLimit.raise(logger: logger)
            let stores = try GatewayStores(dataDirectory: settings.dataDirectory)
            let gateway = Gateway(settings, stores: stores, dialer: SystemDialer(), logger: logger)
            if let first = try await gateway.accounts.createFirstAdministrator() {
                StandardStreams.output(
                    "first start: administrator «\(first.account.name)», password \(first.password) (shown this once; change it)")
            }
            try await gateway.run { ports in
                logger.info("gateway ready", metadata: ["http.port": "\(ports.http)", "rtsp.port": "\(ports.rtsp)"])
            }
        }
    }
}
