import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

@testable import RTSP

/// The sockets from which a scripted camera sends its datagrams, on loopback.
final class DatagramCamera: Sendable {
    enum Source: Int, Sendable, CaseIterable {
        /// The ports that the camera announces.
        case rtp, rtcp
        /// Another port of the same address.
        case otherPort
        /// Another address.
        case otherHost
    }

    enum Step: Sendable {
        case send([UInt8], from: Source = .rtp, isControl: Bool = false)
        case wait(TimeAmount)
    }

    struct Datagram: Sendable {
        let source: Source
        let port: Int
        let bytes: [UInt8]
    }

    private let sockets: [any Channel]
    private let seen: NIOLockedValueBox<[Datagram]>
    var received: [Datagram] { seen.withLockedValue { $0 } }

    private init(sockets: [any Channel], seen: NIOLockedValueBox<[Datagram]>) {
        self.sockets = sockets
        self.seen = seen
    }

    static func with<Result>(_ body: (DatagramCamera) async throws -> Result) async throws -> Result {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let seen = NIOLockedValueBox<[Datagram]>([])
        var sockets: [any Channel] = []
        for source in Source.allCases {
            sockets.append(
                try await DatagramBootstrap(group: loop)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Reader(source: source, seen: seen))
                        }
                    }
                    .bind(host: source == .otherHost ? "127.0.0.2" : "127.0.0.1", port: 0).get())
        }
        let camera = DatagramCamera(sockets: sockets, seen: seen)
        do {
            let result = try await body(camera)
            for socket in sockets { try? await socket.close() }
            return result
        } catch {
            for socket in sockets { try? await socket.close() }
            throw error
        }
    }

    func port(_ source: Source) -> Int { sockets[source.rawValue].localAddress?.port ?? 0 }

    /// Sends one step after the other to a client's ports.
    func play(_ steps: [Step], to port: Int) {
        sockets[0].eventLoop.execute { self.next(steps[...], port) }
    }

    private func next(_ steps: ArraySlice<Step>, _ port: Int) {
        var steps = steps
        while let step = steps.popFirst() {
            switch step {
            case .send(let bytes, let source, let isControl):
                guard let address = try? SocketAddress(ipAddress: "127.0.0.1", port: port + (isControl ? 1 : 0)) else { return }
                let envelope = AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: bytes))
                sockets[source.rawValue].writeAndFlush(envelope, promise: nil)
            case .wait(let time):
                let rest = steps
                sockets[0].eventLoop.scheduleTask(in: time) { self.next(rest, port) }
                return
            }
        }
    }

    /// The first port in a `client_port`.
    static func clientPort(_ request: RTSPRequest) -> Int? {
        let header = request.headers["Transport"].flatMap { TransportHeader.parse($0).first }
        let value = header?.parameters.first { $0.name == "client_port" }?.value
        return value.flatMap { Int($0.prefix { $0 != "-" }) }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let source: Source
        private let seen: NIOLockedValueBox<[Datagram]>

        init(source: Source, seen: NIOLockedValueBox<[Datagram]>) {
            self.source = source
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let datagram = Datagram(
                source: source, port: envelope.remoteAddress.port ?? 0, bytes: Array(envelope.data.readableBytesView))
            seen.withLockedValue { $0.append(datagram) }
        }
    }
}
