import Glibc

/// The least work that a relay can do: each read of a camera's socket is sent on to each of its viewers as it is, one
/// `send` a viewer. No cache, no rewriting, no bound but the session's.
final class BareRelay: StreamCatalog {
    private struct Stream {
        let descriptor: Int32
        let description: String
        var viewers: [StreamSession] = []
        /// Those that begin with the next read that is whole packets.
        var joining: [StreamSession] = []
    }

    private var streams: [Stream] = []
    private var streamOfDescriptor: [Int32: Int] = [:]
    private let memory = ByteStream.Memory()

    /// Connects to the cameras, one after the other, and plays them.
    init(template: String, cameras: Int) throws {
        for number in 1...cameras {
            let url = try MediaURL(template: template, number: number)
            let descriptor = try TCPSocket.connect(host: url.host, port: url.port)
            let description = try Self.play(url, descriptor: descriptor, memory: memory)
            streamOfDescriptor[descriptor] = streams.count
            streams.append(Stream(descriptor: descriptor, description: description))
        }
    }

    private static func play(_ url: MediaURL, descriptor: Int32, memory: ByteStream.Memory) throws -> String {
        let bytes = ByteStream(descriptor: descriptor, memory: memory)
        var handshake = RTSPHandshake(url: url)
        try bytes.send(handshake.begin())
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while !handshake.isPlaying {
            guard Glibc.poll(&waiting, 1, 5_000) == 1 else { throw LoadError("no answer from \(url.text)") }
            _ = try bytes.read { bytes in
                guard let taken = try RTSPMessage.take(from: bytes) else { return 0 }
                if let next = try handshake.received(taken.message) {
                    try ByteStream(descriptor: descriptor, memory: memory).send(next)
                }
                return handshake.isPlaying ? bytes.count : taken.byteCount
            }
        }
        return handshake.sessionDescription
    }

    func sessionDescription(of stream: Int) -> String? { streams.indices.contains(stream) ? streams[stream].description : nil }

    func began(_ session: StreamSession, on stream: Int) { streams[stream].joining.append(session) }

    func ended(_ session: StreamSession, on stream: Int) {
        streams[stream].viewers.removeAll { $0 === session }
        streams[stream].joining.removeAll { $0 === session }
    }

    func run(server: StreamServer, poll: EventPoll, stop: StopSignal) throws {
        for stream in streams { try poll.add(stream.descriptor) }
        var isStopped = false
        while !isStopped {
            try poll.wait(until: .now + 1) { event in
                if let stream = streamOfDescriptor[event.descriptor] {
                    try passOn(stream)
                } else if stop.isStop(event) {
                    isStopped = true
                } else {
                    _ = try server.handle(event)
                }
            }
        }
    }

    private func passOn(_ index: Int) throws {
        let count = recv(streams[index].descriptor, memory.bytes.baseAddress, memory.bytes.count, 0)
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else { throw LoadError("camera \(index + 1) went away") }
        let bytes = UnsafeRawBufferPointer(rebasing: memory.bytes[..<count])
        if !streams[index].joining.isEmpty, Self.isWhole(bytes) {
            streams[index].viewers += streams[index].joining
            streams[index].joining = []
        }
        for viewer in streams[index].viewers { viewer.send(bytes) }
    }

    /// Whether the bytes are whole interleaved packets, from the first to the last byte.
    private static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 4 <= bytes.count, bytes[offset] == UInt8(ascii: "$"), bytes[offset + 1] < 2 {
            offset += 4 + (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
        }
        return offset == bytes.count
    }
}
