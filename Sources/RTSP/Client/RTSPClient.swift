import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix

/// Plays the video track of one RTSP URL, and hands its packets to a delegate, however they travel.
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
    private var connector: CameraConnector?
    private var connection: CameraConnection?
    private var ports: TrackPorts?
    private var deadline: Scheduled<Void>?
    private var keepAlive: Scheduled<Void>?
    private var silence: Scheduled<Void>?
    private var start: Scheduled<Void>?
    private var lastPacket = NIODeadline.distantPast
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
        ports?.mute()
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
        case .openPorts: openPorts()
        case .deadline(let duration):
            deadline?.cancel()
            deadline = duration.map { schedule($0) { $0.deadlinePassed() } }
        case .described(let presentation):
            play(presentation.transport)
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
            keepAlive = schedule(interval) { client in
                client.ports?.punch()
                client.perform(client.machine.keepAliveDue())
            }
        case .close(let error): finish(error)
        }
    }

    private func dial(_ url: StreamURL) {
        abandonConnection()
        let connector = CameraConnector(
            url: url, isTunnel: machine.plan.current == .http, configuration: machine.configuration,
            credentials: machine.authorizer == nil ? nil : machine.configuration.credentials, dialer: dialer, on: eventLoop)
        self.connector = connector
        connector.connect { result in
            self.connector = nil
            switch result {
            case .success(let connection): self.connected(connection)
            case .failure(let failure): self.perform(self.machine.connectFailed(failure))
            }
        }
    }

    private func connected(_ connection: CameraConnection) {
        let handler = RTSPClientHandler(client: self, limits: machine.configuration.limits)
        do {
            try RTSPClientHandler.tune(connection.input)
            try connection.input.pipeline.syncOperations.addHandler(handler)
        } catch {
            connection.close()
            return perform(machine.connectFailed(.unreachable("the connection closed at once")))
        }
        self.connection = connection
        self.handler = handler
        perform(machine.connected())
    }

    private func openPorts() {
        guard let connection, let local = connection.input.localAddress else { return perform(machine.portsFailed()) }
        TrackPorts.open(on: local, eventLoop: eventLoop) { result in
            let isPresent = self.connection?.input === connection.input && self.ports == nil
            switch result {
            case .success(let ports) where isPresent:
                self.ports = ports
                self.perform(self.machine.portsOpened(ports.pair))
            case .success(let ports): ports.close()
            case .failure: if isPresent { self.perform(self.machine.portsFailed()) }
            }
        }
    }

    private func play(_ transport: TrackTransport) {
        switch transport {
        case .interleaved(let rtp, let rtcp):
            ports?.close()
            ports = nil
            handler?.play(rtp: rtp, rtcp: rtcp)
        case .datagrams(_, let server):
            guard let remote = connection?.input.remoteAddress else { return }
            ports?.receive(for: self, from: remote, announced: server)
            ports?.punch()
        }
    }

    private func abandonConnection() {
        connector?.cancel()
        connector = nil
        handler?.stop()
        earlierLostFraming = lostFraming
        handler = nil
        ports?.close()
        ports = nil
        connection?.close()
        connection = nil
    }

    private func write(_ body: (inout ByteBuffer) -> Void) {
        guard let connection else { return }
        var buffer = connection.output.allocator.buffer(capacity: 512)
        body(&buffer)
        if connection.isTunnelled { buffer = HTTPTunnel.encoded(buffer) }
        connection.output.writeAndFlush(buffer, promise: nil)
    }

    private func reply(_ response: RTSPResponse) {
        // A camera that floods requests and reads no answers must not fill our memory.
        guard connection?.output.isWritable ?? false else { return perform(machine.failed(.unreadReplies)) }
        write { response.serialize(into: &$0) }
    }

    private func deadlinePassed() {
        perform(handler?.noise.map { machine.failed($0) } ?? machine.deadlinePassed())
    }

    private func startOverdue() {
        guard machine.isStarting else { return }
        machine.withholdsAudio = true
        machine.plan.exhaust()
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

    /// Sends a report on the connection, unless it is congested.
    func send(report: ByteBuffer, channel: UInt8) {
        guard let output = connection?.output, output.isWritable, let length = UInt16(exactly: report.readableBytes) else { return }
        write { buffer in
            buffer.writeMultipleIntegers(FrameHeader.magic, channel, length)
            buffer.writeImmutableBuffer(report)
        }
    }

    func failed(_ error: RTSPWireError) { perform(machine.failed(error)) }

    func disconnected(_ handler: RTSPClientHandler) {
        guard handler === self.handler else { return }
        perform(machine.disconnected(after: handler.noise))
    }
}
