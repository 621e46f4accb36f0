import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// An accepted connection: HTTP/1.1 decoding, deadlines, the media handlers, then Hummingbird.
///
/// The media handlers speak NIO's own HTTP types and answer `/media/…` on the event loop, so they stand between the
/// decoder and Hummingbird's translation to its types:
///
/// ```
/// encoder · decoder · ConnectionDeadline · media handlers · codec · connection state · NIOAsyncChannel
/// ```
struct GatewayChildChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let limits: ConnectionDeadline.Limits
    let mediaHandlers: @Sendable () -> [any RemovableChannelHandler]
    /// Refuses a connection by failing; runs before the first byte is read.
    let accept: @Sendable (any Channel) -> EventLoopFuture<Void>

    init(
        limits: ConnectionDeadline.Limits, mediaHandlers: @escaping @Sendable () -> [any RemovableChannelHandler],
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.limits = limits
        self.mediaHandlers = mediaHandlers
        self.accept = accept
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)
        self.base = HTTP1Channel(
            responder: { request, writer, channel in
                try await responder(request, writer, channel)
                channel.eventLoop.execute {
                    // The handler is gone when the connection closed meanwhile: then there is nothing to time.
                    try? channel.pipeline.syncOperations.handler(type: ConnectionDeadline.self).responseWritten()
                }
            },
            configuration: .init(httpDecoderConfiguration: decoder))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        accept(channel).flatMap {
            base.setup(channel: channel, logger: logger).flatMapThrowing { value in
                let pipeline = channel.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(ConnectionDeadline(limits: limits), position: .after(decoder))
                let deadline = try pipeline.handler(type: ConnectionDeadline.self)
                try pipeline.addHandlers(mediaHandlers(), position: .after(deadline))
                return value
            }
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
