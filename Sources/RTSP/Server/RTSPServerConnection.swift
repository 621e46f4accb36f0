import GatewayCore
import Logging
import NIOCore

/// The shell around ``RTSPServerSession``: reads requests and a publisher's frames, writes responses and interleaved frames.
///
/// ## Concurrency model
/// Confined to its channel's event loop; presentations call it only there.
final class RTSPServerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let directory: any PresentationDirectory
    let publications: (any PublicationDirectory)?
    private let logger: Logger
    private let prologue: TimeAmount
    var session: RTSPServerSession
    var decoder = RTSPDecoder(limits: .player)
    var unread = ByteBuffer()
    /// The beginning of a publisher's frame that the last read cut.
    var tail = ByteBuffer()
    private var isReading = false
    /// TLS takes its time to say goodbye; nothing is written meanwhile.
    private var isClosing = false
    private(set) var context: ChannelHandlerContext?
    /// Ends a connection that does not play in time, stays paused without a word, or takes datagrams without a sign of life.
    var silenceTimer: Scheduled<Void>?
    /// When the client last asked anything, or sent a report over UDP.
    private var lastSign = NIODeadline.now()
    private var datagrams: DatagramSink?
    /// Where a publisher's datagrams come in.
    var published: PublishedPorts?
    /// The channel's own word on it, kept: asking it for each picture and viewer costs a twentieth of sending.
    private var isWritable = true
    /// Bytes of answers that the client has not taken yet.
    private var unsentAnswerBytes = 0

    /// What may wait of either: requests that came while another is looked up, answers that nobody reads.
    static let waitingLimit = 64 << 10

    /// - Parameters:
    ///   - prologue: how long a connection may take until it plays.
    ///   - publications: where streams may be published; `nil`: nowhere.
    ///   - allowsDatagrams: whether media may leave by UDP.
    init(
        directory: any PresentationDirectory, publications: (any PublicationDirectory)? = nil, peer: String, prologue: TimeAmount,
        allowsDatagrams: Bool = false, logger: Logger
    ) {
        self.directory = directory
        self.publications = publications
        self.logger = logger
        self.prologue = prologue
        self.session = RTSPServerSession(
            sessionID: Identifier<RTSPServerConnection>.random().rawValue, peer: peer, allowsDatagrams: allowsDatagrams,
            takesPublications: publications != nil)
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

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if tail.readableBytes > 0, !completeTail(from: &bytes) { return }
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
        if session.isBusy, unread.readableBytes > Self.waitingLimit {
            logger.debug("RTSP client sends on and on while its request is looked up")
            return close()
        }
        readRequests()
    }

    func readRequests() {
        guard !isReading else { return }
        isReading = true
        defer { isReading = false }
        while !session.isBusy, context != nil {
            if takeFrames() { continue }
            let element: RTSPElement?
            do {
                element = try decoder.next(from: &unread)
            } catch {
                if case .bodyTooLong = error { send(RTSPResponse(status: 413, headers: ["Server": "Lookout"])) }
                logger.debug("RTSP client sent what is not RTSP", metadata: ["error": "\(error)"])
                return close()
            }
            guard let element else { break }
            switch element {
            case .request(let request):
                lastSign = .now()
                if session.isPaused { closeUnlessPlaying(in: TimeAmount(RTSPServerSession.sessionTimeout)) }
                perform(session.receive(request))
            // Receiver reports of a player come interleaved: they say that it lives, and nothing more is asked of them.
            case .interleaved(let channel, let payload): take(channel: channel, payload)
            case .response: break
            }
        }
        if unread.readableBytes == 0 { unread = ByteBuffer() } else { cutTail() }
    }

    private func perform(_ action: RTSPServerSession.Action) {
        switch action {
        case .respond(let response): send(response)
        case .describe(let request): describe(request)
        case .bind(let track, let ports): bind(track, ports)
        case .play(let presentation): play(presentation)
        case .pause(let response, let presentation):
            presentation.pause()
            datagrams?.clear()
            send(response)
            closeUnlessPlaying(in: TimeAmount(RTSPServerSession.sessionTimeout))
        case .announce(let request): announce(request)
        case .open(let track): open(track)
        case .record(let publication, let video, let channels): record(publication, video: video, all: channels)
        case .halt(let response, let publication):
            published?.pause()
            publication.pause()
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

    private func play(_ presentation: any Presentation) {
        let sink: any InterleavedSink = datagrams ?? self
        presentation.start(into: sink) { [weak self] position in
            guard let self, let response = session.started(at: position) else { return }
            send(response)
            silenceTimer?.cancel()
            if datagrams != nil { closeUnlessAlive() }
            readRequests()
        }
    }

    func send(_ response: RTSPResponse) {
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
        schedule(in: time) { connection in
            if !connection.session.isPlaying, !connection.session.isRecording { connection.close() }
        }
    }

    /// A client over UDP that is gone takes its packets for ever: it has to give a sign now and then.
    private func closeUnlessAlive() {
        let timeout = TimeAmount(RTSPServerSession.sessionTimeout)
        schedule(in: max(.zero, lastSign + timeout - .now())) { connection in
            guard connection.session.isPlaying else { return }
            if .now() - connection.lastSign >= timeout { connection.close() } else { connection.closeUnlessAlive() }
        }
    }

    private func schedule(in time: TimeAmount, _ body: @escaping (RTSPServerConnection) -> Void) {
        silenceTimer?.cancel()
        silenceTimer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
            if let self { body(self) }
        }
    }

    private func end() {
        silenceTimer?.cancel()
        context = nil
        let publication = session.publication
        session.ended()?.teardown()
        published?.close()
        published = nil
        publication?.teardown()
        datagrams?.stop()
        datagrams = nil
    }
}

// MARK: - UDP

extension RTSPServerConnection {
    private func bind(_ track: RTSPServerSession.Track, _ ports: ServerTransport.ClientPorts) {
        guard let channel = context?.channel, let local = channel.localAddress, let peer = channel.remoteAddress else {
            return bound(nil, track, ports)
        }
        let connection = NIOLoopBound(self, eventLoop: channel.eventLoop)
        DatagramPair.open(local: local, peer: peer, ports: ports, on: channel.eventLoop).whenComplete { result in
            connection.value.bound(try? result.get(), track, ports)
        }
    }

    private func bound(_ pair: DatagramPair?, _ track: RTSPServerSession.Track, _ ports: ServerTransport.ClientPorts) {
        guard let context, var control = context.channel.remoteAddress else {
            pair?.close()
            return
        }
        control.port = Int(ports.rtcp)
        if let pair {
            let sink = datagrams ?? DatagramSink(on: context.eventLoop) { [weak self] in self?.close() }
            // Packets to the RTP port open the way through a client's NAT; reports say that it lives.
            pair.received = { [weak self] _, _ in self?.lastSign = .now() }
            pair.broke = { [weak self] in
                // Without its sound the picture goes on.
                if track == .video { self?.close() } else { self?.datagrams?.endAudio() }
            }
            sink.use(pair, control: control, for: track)
            datagrams = sink
        }
        if let response = session.bound(pair?.rtpPort) { send(response) }
        readRequests()
    }
}

extension RTSPServerConnection: InterleavedSink {
    var pendingBytes: Int {
        guard !isWritable, let channel = context?.channel else { return 0 }
        return (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func write(_ frames: ByteBuffer) {
        guard !isClosing else { return }
        context?.write(wrapOutboundOut(frames), promise: nil)
    }

    func flush() { context?.flush() }

    func close() {
        isClosing = true
        context?.close(promise: nil)
    }
}
