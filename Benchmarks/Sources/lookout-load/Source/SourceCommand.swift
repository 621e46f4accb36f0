import ArgumentParser

struct SourceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source", abstract: "Sends synthetic H.264 cameras, 720p, over interleaved TCP, until SIGTERM.",
        discussion: """
            Camera 7 is rtsp://127.0.0.1:PORT/cam/0007. Prints a line of JSON when it listens, and one of totals at its end: \
            units that were skipped or late mean that the source was the bottleneck.
            """)

    struct Ready: Encodable {
        let port: Int
        let cameras: Int
    }

    @Option(help: "Port; 0: any free one.")
    var port = 0

    @Option(help: "How many cameras, 1 to 10000.")
    var cameras = 1

    @Option(help: "Bit rate of each camera's pictures in kbit/s.")
    var kbps = 2_000

    @Option(help: "Pictures a second, 1 to 120.")
    var fps = 25

    @Option(help: "Seconds from one key picture to the next.")
    var gopSeconds = 2.0

    @Option(help: "Annex B file of H.264 pictures instead of synthetic ones; several: camera by camera.")
    var clip: [String] = []

    @Flag(help: "Each camera answers on an address of its own as well: 127.0.1.1 and on, on the same port.")
    var ownHosts = false

    func validate() throws {
        guard (1...10_000).contains(cameras), (1...120).contains(fps), (16...1_000_000).contains(kbps) else {
            throw ValidationError("--cameras is 1 to 10000, --fps 1 to 120, --kbps 16 to 1000000")
        }
        guard (2...250).contains(Int(gopSeconds * Double(fps))) else {
            throw ValidationError("a key picture comes each 2 to 250 pictures: --gop-seconds times --fps")
        }
    }

    func run() throws {
        TCPSocket.raiseDescriptorLimit()
        let clips =
            clip.isEmpty
            ? [SyntheticClip.make(bitsPerSecond: kbps * 1_000, framesPerSecond: fps, keyInterval: Int(gopSeconds * Double(fps)))]
            : try clip.map(AnnexBFile.read)
        let poll = try EventPoll()
        let stop = try StopSignal(poll)
        let rack = CameraRack(clips: clips, cameras: cameras, framesPerSecond: fps)
        let addresses = ["127.0.0.1"] + (ownHosts ? (1...cameras).map(CameraHost.address) : [])
        let server = try StreamServer(addresses: addresses, port: port, poll: poll, catalog: rack, answersKeepAlive: true)
        try JSONLine.print(Ready(port: server.port, cameras: cameras))
        try JSONLine.print(rack.run(server: server, poll: poll, stop: stop))
    }
}
