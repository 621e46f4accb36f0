import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// An RTSP server over TCP (RFC 2326) with interleaved media or media by UDP, for whatever a ``PresentationDirectory`` knows
/// and a ``PublicationDirectory`` takes.
package final class RTSPServer: Sendable {
    package struct Options: Sendable {
        package var host = "127.0.0.1"
        /// 0: any free port.
        package var port = 8554
        /// Connections beyond this are closed at once.
        package var connections = 2_048
        /// From the TCP connection until PLAY.
        package var prologue: Duration = .seconds(15)
        /// Whether clients may have their media by UDP; never by TLS, whose secrecy that would give away.
        package var allowsDatagrams = true
        /// Clients speak TLS from the first byte (`rtsps://`).
        package var certificate: ServerCertificate?

        package init(host: String = "127.0.0.1", port: Int = 8_554) {
            self.host = host
            self.port = port
        }
    }

    private let listener: any Channel
    private let accepted: AcceptedChannels

    private init(listener: any Channel, accepted: AcceptedChannels) {
        self.listener = listener
        self.accepted = accepted
    }

    /// The port that it listens on.
    package var port: Int { listener.localAddress?.port ?? 0 }

    /// - Parameter publications: where streams may be published; `nil`: nowhere.
    package static func bind(
        _ options: Options, group: any EventLoopGroup, directory: any PresentationDirectory,
        publications: (any PublicationDirectory)? = nil, logger: Logger
    ) async throws -> RTSPServer {
        let accepted = AcceptedChannels(limit: options.connections)
        let prologue = TimeAmount(options.prologue)
        let certificate = options.certificate
        let allowsDatagrams = options.allowsDatagrams && certificate == nil
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // Viewers say little: the buffer of a connection stays small.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2_048))
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard accepted.add(channel) else { throw ChannelError.ioOnClosedChannel }
                    let peer = channel.remoteAddress.map { "\($0.ipAddress ?? "local"):\($0.port ?? 0)" } ?? "unknown"
                    if let certificate {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.context))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RTSPServerConnection(
                            directory: directory, publications: publications, peer: peer, prologue: prologue,
                            allowsDatagrams: allowsDatagrams, logger: logger))
                }
            }
            .bind(host: options.host, port: options.port).get()
        return RTSPServer(listener: listener, accepted: accepted)
    }

    /// Stops listening and ends every connection.
    package func shutdown() async {
        try? await listener.close().get()
        accepted.closeAll()
        await accepted.drained()
    }
}

/// The connections that a server has open, so that its end is theirs.
private final class AcceptedChannels: Sendable {
    private let limit: Int
    private let channels = NIOLockedValueBox<[ObjectIdentifier: any Channel]>([:])

    init(limit: Int) { self.limit = limit }

    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isTaken = channels.withLockedValue { held in
            guard held.count < limit else { return false }
            held[id] = channel
            return true
        }
        if isTaken { channel.closeFuture.whenComplete { _ in self.channels.withLockedValue { _ = $0.removeValue(forKey: id) } } }
        return isTaken
    }

    func closeAll() {
        for channel in channels.withLockedValue({ Array($0.values) }) { channel.close(promise: nil) }
    }

    func drained() async {
        for channel in channels.withLockedValue({ Array($0.values) }) { try? await channel.closeFuture.get() }
    }
}
