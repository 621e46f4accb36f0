import ArgumentParser

/// Plays the cameras and the viewers of a load test, and the least relay that could stand between them.
///
/// `source` sends synthetic cameras, `floor` is a bare loop of one `recv` and one `send` a viewer, `play` reads as many
/// viewers as there are URLs and measures what arrives and what watched processes cost meanwhile. Each is one process with
/// one thread, so that the kernel's figures of a process are the figures of a role. `bench.py` puts them together.
@main
struct LookoutLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookout-load", abstract: "Cameras, viewers and the floor of a load test, on loopback.",
        subcommands: [SourceCommand.self, PlayCommand.self, FloorCommand.self])
}
