import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix

/// Plays the video track of one RTSP URL over one TCP connection, and hands its packets to a delegate.
///
/// It performs what its state machine says; the rules are there. The delegate is held until it was told that the client
/// closed, and the client lives until then whether its owner keeps it or not.
///
/// ## Concurrency model
/// Confined to one event loop: it is made, called and calls back there.
package final class RTSPClient {
    package let eventLoop: any EventLoop
    private let dialer: any Dialer
    private let logger: Logger
    private var machine: StateMachine
    private(set) var delegate: (any RTSPClientDelegate)?
    private var handler: RTSPClientHandler?
    private var channel: (any Channel)?
    private var deadline: Scheduled<Void>?
    private var keepAlive: Scheduled<Void>?
    private var silence: Scheduled<Void>?
    private var start: Scheduled<Void>?
    private var lastPacket = NIODeadline.distantPast
    private var dials = 0
    /// On connections before the present one.
    private var earlierLostFraming = (bytes: 0, times: 0)

    /// Begins to connect. Must be called on `eventLoop`; the delegate hears nothing before this returns.
    package static func connect(
        configuration: RTSPClientConfiguration, dialer: any Dialer, on eventLoop: any EventLoop,
        delegate: any RTSPClientDelegate, logger: Logger
    ) -> RTSPClient {
        eventLoop.preconditionInEventLoop()
        let client = RTSPClient(configuration, dialer, eventLoop, delegate, logger)
        eventLoop.assumeIsolated().execute {
            client.start = client.schedule(configuration.startTimeout) { $0.startOverdue() }
            client.perform(client.machine.start())
        }
        return client
    }

    private init(
        _ configuration: RTSPClientConfiguration, _ dialer: any Dialer, _ eventLoop: any EventLoop,
        _ delegate: any RTSPClientDelegate, _ logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.dialer = dialer
        self.logger = logger
        self.delegate = delegate
        machine = StateMachine(configuration: configuration)
    }

    /// Ends the session with TEARDOWN where there is one. `clientClosed` follows within 1 s; no packet comes any more.
    package func close() {
        eventLoop.preconditionInEventLoop()
        handler?.mute()
        perform(machine.cancel())
    }

    /// Bytes thrown away in search of lost framing, and how often it was lost; also after the client closed.
    package var lostFraming: (bytes: Int, times: Int) {
        let now = handler?.lostFraming ?? (bytes: 0, times: 0)
        return (earlierLostFraming.bytes + now.bytes, earlierLostFraming.times + now.times)
    }

    private func perform(_ actions: [StateMachine.Action]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .dial(let url): dial(url)
        case .send(let request):
            logger.debug("RTSP request", metadata: ["rtsp.method": "\(request.method)"])
            write { request.serialize(into: &$0) }
        case .reply(let response): reply(response)
        case .deadline(let duration):
            deadline?.cancel()
            deadline = duration.map { schedule($0) { $0.deadlinePassed() } }
        case .described(let presentation):
            handler?.play(rtp: presentation.rtpChannel, rtcp: presentation.rtcpChannel)
            delegate?.clientDescribed(presentation)
        case .playing: delegate?.clientPlaying()
        case .audio(let audio):
            handler?.play(audio: audio)
            delegate?.clientHas(audio: audio)
        case .watchSilence(let duration):
            lastPacket = .now()
            watchSilence(duration, wait: duration)
        case .keepAlive(let interval):
            keepAlive?.cancel()
            keepAlive = schedule(interval) { $0.perform($0.machine.keepAliveDue()) }
        case .close(let error): finish(error)
        }
    }

    private func dial(_ url: StreamURL) {
        abandonConnection()
        dials += 1
        let dial = dials
        let limit = NIODeadline.now() + TimeAmount(machine.configuration.connectTimeout)
        dialer.connect(host: url.host, port: url.port, on: eventLoop, deadline: limit).hop(to: eventLoop)
            .assumeIsolated().whenComplete { result in
                // The client closed, or dialled again, while this was under way.
                guard dial == self.dials, !self.machine.isClosed else {
                    if case .success(let channel) = result { channel.close(promise: nil) }
                    return
                }
                switch result {
                case .success(let channel): self.connected(channel)
                case .failure(let error): self.perform(self.machine.connectFailed(Self.reason(error)))
                }
            }
    }

    private func connected(_ channel: any Channel) {
        let handler = RTSPClientHandler(client: self, limits: machine.configuration.limits)
        do {
            try RTSPClientHandler.tune(channel)
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            channel.close(promise: nil)
            return perform(machine.connectFailed("the connection closed at once"))
        }
        self.channel = channel
        self.handler = handler
        perform(machine.connected())
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { reason($0.error) } ?? "the name has no address"
        case ChannelError.connectTimeout: "nothing answers"
        default: "it was refused or timed out"
        }
    }

    private func abandonConnection() {
        handler?.stop()
        earlierLostFraming = lostFraming
        handler = nil
        channel?.close(promise: nil)
        channel = nil
    }

    private func write(_ body: (inout ByteBuffer) -> Void) {
        guard let channel else { return }
        var buffer = channel.allocator.buffer(capacity: 512)
        body(&buffer)
        channel.writeAndFlush(buffer, promise: nil)
    }

    private func reply(_ response: RTSPResponse) {
        // A camera that floods requests and reads no answers must not fill our memory.
        guard channel?.isWritable ?? false else { return perform(machine.failed(.unreadReplies)) }
        write { response.serialize(into: &$0) }
    }

    private func deadlinePassed() {
        perform(handler?.noise.map { machine.failed($0) } ?? machine.deadlinePassed())
    }

    private func startOverdue() {
        guard machine.isStarting else { return }
        machine.withholdsAudio = true
        deadlinePassed()
    }

    private func watchSilence(_ limit: Duration, wait: Duration) {
        silence?.cancel()
        silence = schedule(wait) { client in
            let quiet = Duration(NIODeadline.now() - client.lastPacket)
            if quiet >= limit { return client.perform(client.machine.silent()) }
            client.watchSilence(limit, wait: limit - quiet)
        }
    }

    private func schedule(_ delay: Duration, _ body: @escaping (RTSPClient) -> Void) -> Scheduled<Void> {
        eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { [weak self] in
            guard let self else { return }
            body(self)
        }
    }

    private func finish(_ error: RTSPClientError) {
        for task in [deadline, keepAlive, silence, start] { task?.cancel() }
        (deadline, keepAlive, silence, start) = (nil, nil, nil, nil)
        let lost = lostFraming
        abandonConnection()
        logger.debug(
            "RTSP client closed",
            metadata: ["error": "\(error)", "rtsp.lostFraming": "\(lost.times)", "rtsp.skippedBytes": "\(lost.bytes)"])
        guard let delegate else { return }
        self.delegate = nil
        eventLoop.assumeIsolated().execute { delegate.clientClosed(error) }
    }
}

/// What the handler of the present connection reports.
extension RTSPClient {
    func received(_ element: RTSPElement) {
        switch element {
        case .response(let response): perform(machine.received(response))
        case .request(let request): perform(machine.received(request))
        case .interleaved: break
        }
    }

    /// The bytes of one read were delivered, and a video packet was among them.
    func receivedPackets() {
        lastPacket = .now()
        if !machine.hasPacket { perform(machine.receivedPacket()) }
    }

    func failed(_ error: RTSPWireError) { perform(machine.failed(error)) }

    func disconnected(_ handler: RTSPClientHandler) {
        guard handler === self.handler else { return }
        perform(machine.disconnected(after: handler.noise))
    }
}
