import ArgumentParser
import GatewayCore

/// The one command. Exit status: 0 done, 1 failed, 64 wrong usage.
@main
struct Lookout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookout",
        abstract: "Video gateway of a county's command centre: pooled camera points, incidents, live pictures.",
        subcommands: [
            ServeCommand.self, DemoCommand.self, CamerasCommand.self, IncidentsCommand.self, FootageCommand.self,
            AccountsCommand.self, ConfigCommand.self,
        ])

    static func main() async {
        ProcessMemory.bound()
        await main(nil)
    }
}
