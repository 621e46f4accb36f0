import NIOCore
import NIOPosix

/// Two UDP sockets on neighbouring ports, the lower one even (RFC 3550 section 11), for the RTP and the RTCP of one client.
///
/// Each client has its own: one that cannot be reached any more ends nobody else, and the kernel tells when its port is
/// closed.
///
/// ## Concurrency model
/// Confined to the event loop of the client's RTSP connection.
// SAFETY: made and used on the event loop of both channels alone; a future carries it there.
final class DatagramPair: @unchecked Sendable {
    let rtp: any Channel
    let rtcp: any Channel
    let rtpPort: Int
    let rtcpPort: Int
    private let inlet: DatagramInlet

    private init(rtp: any Channel, rtcp: any Channel, rtpPort: Int, inlet: DatagramInlet) {
        self.rtp = rtp
        self.rtcp = rtcp
        self.rtpPort = rtpPort
        rtcpPort = rtpPort + 1
        self.inlet = inlet
    }

    /// What the client sends; `isControl` for RTCP. Set before anything is expected.
    var received: ((_ packet: ByteBuffer, _ isControl: Bool) -> Void)? {
        get { inlet.received }
        set { inlet.received = newValue }
    }

    /// The socket broke: the client's port is closed, or the network is gone.
    var broke: (() -> Void)? {
        get { inlet.broke }
        set { inlet.broke = newValue }
    }

    func close() {
        received = nil
        broke = nil
        rtp.close(promise: nil)
        rtcp.close(promise: nil)
    }

    /// Binds at `local`, so that the client is answered from the address that it knows, and connects RTP to the client.
    ///
    /// Fails where a dozen tries find no pair of free ports.
    static func open(
        local: SocketAddress, peer: SocketAddress, ports: ServerTransport.ClientPorts, on eventLoop: any EventLoop
    ) -> EventLoopFuture<DatagramPair> {
        var address = peer
        address.port = Int(ports.rtp)
        let target = address
        let inlet = DatagramInlet(peer: peer)
        return bind(local: local, inlet: NIOLoopBound(inlet, eventLoop: eventLoop), triesLeft: 12, on: eventLoop)
            .flatMap { pair in
                pair.rtp.connect(to: target).map { pair }.flatMapError { error in
                    pair.close()
                    return eventLoop.makeFailedFuture(error)
                }
            }
    }

    private static func bind(
        local: SocketAddress, inlet: NIOLoopBound<DatagramInlet>, triesLeft: Int, on eventLoop: any EventLoop
    ) -> EventLoopFuture<DatagramPair> {
        @Sendable func socket(_ port: Int, isControl: Bool) -> EventLoopFuture<any Channel> {
            var address = local
            address.port = port
            return DatagramBootstrap(group: eventLoop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2_048))
                .channelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            DatagramHandler(inlet: inlet.value, isControl: isControl))
                    }
                }
                .bind(to: address)
        }
        return socket(0, isControl: false).flatMap { rtp in
            let port = rtp.localAddress?.port ?? 1
            let control =
                port % 2 == 0 ? socket(port + 1, isControl: true) : eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
            return control.map { rtcp in DatagramPair(rtp: rtp, rtcp: rtcp, rtpPort: port, inlet: inlet.value) }
                .flatMapError { error in
                    rtp.close(promise: nil)
                    guard triesLeft > 1 else { return eventLoop.makeFailedFuture(error) }
                    return bind(local: local, inlet: inlet, triesLeft: triesLeft - 1, on: eventLoop)
                }
        }
    }
}

/// Where both sockets of a pair lead. Confined to their loop.
private final class DatagramInlet {
    /// Packets from elsewhere are not the client's.
    let address: String?
    var received: ((ByteBuffer, Bool) -> Void)?
    var broke: (() -> Void)?

    init(peer: SocketAddress) { address = peer.ipAddress }
}

private final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let inlet: DatagramInlet
    private let isControl: Bool

    init(inlet: DatagramInlet, isControl: Bool) {
        self.inlet = inlet
        self.isControl = isControl
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard envelope.remoteAddress.ipAddress == inlet.address else { return }
        inlet.received?(envelope.data, isControl)
    }

    func channelInactive(context: ChannelHandlerContext) { if !isControl { inlet.broke?() } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { if !isControl { context.close(promise: nil) } }
}
