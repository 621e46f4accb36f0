import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A publisher on loopback that sends its packets by UDP: whichever, in whatever order, from wherever.
final class DatagramPublisher: Sendable {
    let dialogue: LoopbackPublisher
    private let rtp: any Channel
    private let rtcp: any Channel
    private let reportsHeard: NIOLockedValueBox<[[UInt8]]>

    private final class Ear: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        let heard: NIOLockedValueBox<[[UInt8]]>
        init(_ heard: NIOLockedValueBox<[[UInt8]]>) { self.heard = heard }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(buffer: unwrapInboundIn(data).data)
            heard.withLockedValue { $0.append(bytes) }
        }
    }

    /// - Parameter host: from which it sends; the dialogue is always 127.0.0.1's.
    init(port: Int, ticket: String = "p1", host: String = "127.0.0.1", on group: any EventLoopGroup) async throws {
        let heard = NIOLockedValueBox<[[UInt8]]>([])
        reportsHeard = heard
        dialogue = try await LoopbackPublisher(port: port, ticket: ticket, on: group)
        rtp = try await DatagramBootstrap(group: group).bind(host: host, port: 0).get()
        rtcp = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Ear(heard)) }
            }
            .bind(host: host, port: 0).get()
    }

    /// ANNOUNCE, SETUP, RECORD: the last status.
    ///
    /// - Parameter announced: the RTP port that it says it sends from; `nil`: the one from which it does.
    @discardableResult
    func publish(announced: Int? = nil) async throws -> Int {
        let status = try await dialogue.announce()
        guard status == 200 else { return status }
        let setUp = try await setUp(announced: announced)
        guard setUp == 200 else { return setUp }
        return try await dialogue.ask("RECORD")
    }

    func setUp(announced: Int? = nil) async throws -> Int {
        let ports = "\(announced ?? rtp.localAddress?.port ?? 0)-\(rtcp.localAddress?.port ?? 0)"
        return try await dialogue.ask(
            "SETUP", "Transport: RTP/AVP;unicast;client_port=\(ports);mode=record\r\n", path: "/streamid=0")
    }

    /// The port that the last SETUP was answered with.
    var serverPort: Int? {
        let after = dialogue.answers.components(separatedBy: "server_port=").dropFirst().last
        return after.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// What came to its RTCP port.
    var reports: [[UInt8]] { reportsHeard.withLockedValue { $0 } }

    /// All of them at once, as a busy sender does: no time passes between one and the next.
    ///
    /// - Parameter isControl: to the server's RTCP port.
    func send(_ packets: [[UInt8]], isControl: Bool = false) async throws {
        guard let port = serverPort else { return }
        let target = try SocketAddress(ipAddress: "127.0.0.1", port: isControl ? port + 1 : port)
        let channel = isControl ? rtcp : rtp
        try await channel.eventLoop.flatSubmit {
            for packet in packets {
                channel.write(AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: packet)), promise: nil)
            }
            channel.flush()
            return channel.eventLoop.makeSucceededVoidFuture()
        }.get()
    }

    func close() async {
        await dialogue.close()
        try? await rtp.close().get()
        try? await rtcp.close().get()
    }

    /// One picture a packet, numbered from 1; those of `keys` are key pictures.
    static func pictures(_ count: Int, keys: Set<Int> = [1]) -> [[UInt8]] {
        var maker = PacketMaker()
        return (1...count).map { number in
            defer { maker.timestamp &+= 3_600 }
            return maker.packet([keys.contains(number) ? 0x65 : 0x41, UInt8(truncatingIfNeeded: number)], marker: true)
        }
    }
}
