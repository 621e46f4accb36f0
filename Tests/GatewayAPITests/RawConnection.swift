import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A client that writes what it is told and keeps what comes, byte by byte: for peers that no HTTP library would be.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let received: Received

    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let text = Mutex("")
        let isClosed = Mutex(false)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            text.withLock { $0 += String(buffer: buffer) }
        }

        func channelInactive(context: ChannelHandlerContext) { isClosed.withLock { $0 = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    static func open(_ address: SocketAddress) async throws -> RawConnection {
        let received = Received()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(received) }
            }
            .connect(to: address).get()
        return RawConnection(channel: channel, received: received)
    }

    private init(channel: any Channel, received: Received) {
        self.channel = channel
        self.received = received
    }

    var text: String { received.text.withLock { $0 } }
    var isClosed: Bool { received.isClosed.withLock { $0 } }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }
    func close() { channel.close(promise: nil) }

    /// Whether the text came, or the peer closed, before the deadline.
    func waits(for part: String, within limit: Duration = .seconds(5)) async throws -> Bool {
        try await Self.until(within: limit) { self.text.contains(part) }
    }

    func waitsForClose(within limit: Duration = .seconds(5)) async throws -> Bool {
        try await Self.until(within: limit) { self.isClosed }
    }

    static func until(within limit: Duration, _ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return try await condition()
    }
}
