import GatewayCore
import Logging
import NIOCore

/// The shell around ``RTSPServerSession``: reads requests, writes responses and interleaved frames.
///
/// ## Concurrency model
/// Confined to its channel's event loop; presentations call it only there.
final class RTSPServerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let directory: any PresentationDirectory
    private let logger: Logger
    private let prologue: TimeAmount
    private var session: RTSPServerSession
    private var decoder = RTSPDecoder()
    private var unread = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var prologueTimer: Scheduled<Void>?

    /// - Parameter prologue: how long a connection may take until it plays.
    init(directory: any PresentationDirectory, peer: String, prologue: TimeAmount, logger: Logger) {
        self.directory = directory
        self.logger = logger
        self.prologue = prologue
        self.session = RTSPServerSession(sessionID: Identifier<RTSPServerConnection>.random().rawValue, peer: peer)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        prologueTimer = context.eventLoop.scheduleTask(in: prologue) {
            let connection = loopBound.value
            if !connection.session.isPlaying { connection.close() }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
        readRequests()
    }

    private func readRequests() {
        while !session.isDescribing {
            let element: RTSPElement?
            do {
                element = try decoder.next(from: &unread)
            } catch {
                logger.debug("RTSP client sent what is not RTSP", metadata: ["error": "\(error)"])
                return close()
            }
            guard let element else { break }
            if case .request(let request) = element { perform(session.receive(request)) }
            // Receiver reports of the client come interleaved: they say that it lives, and nothing more is asked of them.
        }
        if unread.readableBytes == 0 { unread = ByteBuffer() }
    }

    private func perform(_ action: RTSPServerSession.Action) {
        switch action {
        case .respond(let response): send(response)
        case .describe(let request): describe(request)
        case .play(let response, let presentation):
            send(response)
            prologueTimer?.cancel()
            presentation.play(into: self)
        case .pause(let response, let presentation):
            presentation.pause()
            send(response)
        case .close(let response):
            send(response)
            close()
        }
    }

    private func describe(_ request: PresentationRequest) {
        guard let eventLoop = context?.eventLoop else { return }
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        directory.presentation(for: request, on: eventLoop).whenComplete { result in
            connection.value.described(try? result.get())
        }
    }

    private func described(_ answer: PresentationAnswer?) {
        let (response, orphan) = session.described(answer)
        orphan?.teardown()
        if let response { send(response) }
        readRequests()
    }

    private func send(_ response: RTSPResponse) {
        var buffer = ByteBuffer()
        response.serialize(into: &buffer)
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func end() {
        prologueTimer?.cancel()
        context = nil
        session.ended()?.teardown()
    }
}

extension RTSPServerConnection: InterleavedSink {
    var pendingBytes: Int {
        guard let channel = context?.channel, !channel.isWritable else { return 0 }
        return (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func write(_ frames: ByteBuffer) { context?.write(wrapOutboundOut(frames), promise: nil) }
    func flush() { context?.flush() }
    func close() { context?.close(promise: nil) }
}
