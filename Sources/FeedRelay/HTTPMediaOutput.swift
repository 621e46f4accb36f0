import NIOCore

/// Writes a response body onto an HTTP/1.1 connection past the response encoder: the chunks are framed already.
///
/// Confined to the channel's loop.
final class HTTPMediaOutput {
    private let channel: any Channel
    /// Context of the response encoder: what is written from there goes past it to the socket.
    private let encoderContext: ChannelHandlerContext
    private var stall: (since: NIODeadline, pending: Int)?
    /// Bytes that the connection was ever given.
    private(set) var written: Int64 = 0

    init(channel: any Channel, encoderContext: ChannelHandlerContext) {
        self.channel = channel
        self.encoderContext = encoderContext
    }

    var eventLoop: any EventLoop { channel.eventLoop }

    var pendingBytes: Int {
        channel.isWritable ? 0 : (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func write(_ bytes: ByteBuffer) {
        written &+= Int64(bytes.readableBytes)
        encoderContext.write(NIOAny(bytes), promise: nil)
    }
    func flush() { encoderContext.flush() }
    /// The last bytes of the connection: it closes when they are on their way.
    func finish(_ bytes: ByteBuffer) {
        let channel = channel
        encoderContext.writeAndFlush(NIOAny(bytes)).whenComplete { _ in channel.close(promise: nil) }
    }
    func close() { channel.close(promise: nil) }

    /// Whether its queue has not become shorter for that long. Asked now and then.
    func isStalled(longerThan limit: TimeAmount) -> Bool {
        let pending = pendingBytes
        guard pending > 0 else {
            stall = nil
            return false
        }
        guard let current = stall, pending >= current.pending else {
            stall = (.now(), pending)
            return false
        }
        return .now() - current.since > limit
    }

    var isStalledNow: Bool { stall != nil }
}
