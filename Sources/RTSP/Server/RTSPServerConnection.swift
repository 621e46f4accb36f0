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
    /// Ends a connection that does not play in time, or stays paused without a word.
    private var silenceTimer: Scheduled<Void>?
    /// Bytes of answers that the client has not taken yet.
    private var unsentAnswerBytes = 0

    /// What may wait of either: requests that came while a DESCRIBE is looked up, answers that nobody reads.
    static let waitingLimit = 64 << 10

    /// - Parameter prologue: how long a connection may take until it plays.
    init(directory: any PresentationDirectory, peer: String, prologue: TimeAmount, logger: Logger) {
        self.directory = directory
        self.logger = logger
        self.prologue = prologue
        self.session = RTSPServerSession(sessionID: Identifier<RTSPServerConnection>.random().rawValue, peer: peer)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        closeUnlessPlaying(in: prologue)
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
        if session.isDescribing, unread.readableBytes > Self.waitingLimit {
            logger.debug("RTSP client sends on and on while its DESCRIBE is looked up")
            return close()
        }
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
            if case .request(let request) = element {
                if session.isPaused { closeUnlessPlaying(in: TimeAmount(RTSPServerSession.sessionTimeout)) }
                perform(session.receive(request))
            }
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
            silenceTimer?.cancel()
            presentation.play(into: self)
        case .pause(let response, let presentation):
            presentation.pause()
            send(response)
            closeUnlessPlaying(in: TimeAmount(RTSPServerSession.sessionTimeout))
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
        guard let context else { return }
        var buffer = ByteBuffer()
        response.serialize(into: &buffer)
        let byteCount = buffer.readableBytes
        unsentAnswerBytes += byteCount
        guard unsentAnswerBytes <= Self.waitingLimit else {
            logger.debug("RTSP client asks on and on and reads no answer")
            return close()
        }
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in connection.value.unsentAnswerBytes -= byteCount }
    }

    private func closeUnlessPlaying(in time: TimeAmount) {
        silenceTimer?.cancel()
        guard let eventLoop = context?.eventLoop else { return }
        let loopBound = NIOLoopBound(self, eventLoop: eventLoop)
        silenceTimer = eventLoop.scheduleTask(in: time) {
            let connection = loopBound.value
            if !connection.session.isPlaying { connection.close() }
        }
    }

    private func end() {
        silenceTimer?.cancel()
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
