import ArgumentParser

struct FloorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floor", abstract: "The least relay: passes each read of a camera on by one send a viewer, until SIGTERM.",
        discussion: """
            Serves rtsp://127.0.0.1:PORT/cam/0001 and on. What a real relay costs beyond it is what its protocol, cache and \
            safety cost. Prints a line of JSON when all cameras play.
            """)

    @Option(help: "URL of the cameras; %04d becomes the camera's number from 1, %h its own address.")
    var source: String

    @Option(help: "How many cameras to read.")
    var cameras = 1

    @Option(help: "Port; 0: any free one.")
    var port = 0

    func validate() throws {
        guard (1...10_000).contains(cameras) else { throw ValidationError("--cameras is 1 to 10000") }
    }

    func run() throws {
        TCPSocket.raiseDescriptorLimit()
        let poll = try EventPoll()
        let stop = try StopSignal(poll)
        let relay = try BareRelay(template: source, cameras: cameras)
        let server = try StreamServer(addresses: ["127.0.0.1"], port: port, poll: poll, catalog: relay, answersKeepAlive: false)
        try JSONLine.print(SourceCommand.Ready(port: server.port, cameras: cameras))
        try relay.run(server: server, poll: poll, stop: stop)
    }
}
