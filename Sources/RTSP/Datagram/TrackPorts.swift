import NIOCore
import NIOPosix

/// The two UDP ports of one track: binds them, takes the sender's datagrams in order, reports on them, and keeps the way
/// through routers open. The sender is a camera that is played, or a publisher.
///
/// A datagram that comes in order is handed on in place, from the buffer that several datagrams were read into.
///
/// ## Concurrency model
/// Confined to the event loop on which it was opened. Holds its receiver until ``close()``.
final class TrackPorts {
    /// Bytes for one datagram: more than an Ethernet frame carries. A camera that sends larger ones is met with ``widened``.
    private static let datagramBytes = 2_048
    private static let largestDatagram = 65_536
    /// Datagrams taken by one system call; the pieces of a key picture come in a row.
    private static let batch = 8
    /// Asked of the kernel, which gives what it may: a key picture arrives faster than it is read.
    private static let socketBuffer = 2 << 20
    static let reportInterval: TimeAmount = .seconds(5)

    let pair: PortPair
    private let rtp: any Channel
    private let rtcp: any Channel
    private var receiver: (any DatagramReceiver)?
    private var gate: DatagramGate?
    private var controlGate: DatagramGate?
    private var remote: SocketAddress?
    private var reorder = ReorderBuffer()
    private var reception = ReceptionStatistics()
    private let reporter = ReceptionReporter()
    private var expiry: Scheduled<Void>?
    private var reports: Scheduled<Void>?
    /// The time of the batch being read.
    private var now = NIODeadline.distantPast
    private var isReading = false
    private var read = DatagramRead()
    private var isWidened = false

    private init(pair: PortPair, rtp: any Channel, rtcp: any Channel) {
        self.pair = pair
        self.rtp = rtp
        self.rtcp = rtcp
    }

    // MARK: Binding

    /// An even port and the next one, both free, on the address `local`. Fails after 24 pairs that are taken.
    static func open(
        on local: SocketAddress, eventLoop: any EventLoop, then: @escaping (Result<TrackPorts, any Error>) -> Void
    ) {
        open(on: local, eventLoop: eventLoop, attempts: 24, then: then)
    }

    private static func open(
        on local: SocketAddress, eventLoop: any EventLoop, attempts: Int,
        then: @escaping (Result<TrackPorts, any Error>) -> Void
    ) {
        let even = UInt16.random(in: 10_000...32_000) * 2
        bind(local, port: even, eventLoop) { first in
            guard case .success(let rtp) = first else { return again(first) }
            bind(local, port: even + 1, eventLoop) { second in
                guard case .success(let rtcp) = second else {
                    rtp.close(promise: nil)
                    return again(second)
                }
                let ports = TrackPorts(pair: PortPair(rtp: even, rtcp: even + 1), rtp: rtp, rtcp: rtcp)
                do {
                    try rtp.pipeline.syncOperations.addHandler(DatagramHandler(ports, isControl: false))
                    try rtcp.pipeline.syncOperations.addHandler(DatagramHandler(ports, isControl: true))
                    then(.success(ports))
                } catch {
                    ports.close()
                    then(.failure(error))
                }
            }
        }
        func again(_ result: Result<any Channel, any Error>) {
            guard attempts > 1 else { return then(result.flatMap { _ in .failure(ChannelError.operationUnsupported) }) }
            open(on: local, eventLoop: eventLoop, attempts: attempts - 1, then: then)
        }
    }

    private static func bind(
        _ local: SocketAddress, port: UInt16, _ eventLoop: any EventLoop, _ then: @escaping (Result<any Channel, any Error>) -> Void
    ) {
        var address = local
        address.port = Int(port)
        DatagramBootstrap(group: eventLoop)
            .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(socketBuffer))
            .channelOption(.datagramVectorReadMessageCount, value: batch)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: batch * datagramBytes))
            .bind(to: address).hop(to: eventLoop)
            .assumeIsolated().whenComplete(then)
    }

    func close() {
        receiver = nil
        expiry?.cancel()
        reports?.cancel()
        rtp.close(promise: nil)
        rtcp.close(promise: nil)
    }

    /// Nothing is delivered any more.
    func mute() { gate = nil }

    // MARK: The session

    /// From now on datagrams of `remote` are the track's.
    ///
    /// - Parameters:
    ///   - announced: the ports that they said they send from.
    ///   - learnsPort: see ``DatagramGate``.
    func receive(
        for receiver: any DatagramReceiver, from remote: SocketAddress, announced: PortPair?, learnsPort: Bool = false
    ) {
        guard let host = HostAddress(remote) else { return }
        self.receiver = receiver
        self.remote = remote
        gate = DatagramGate(host: host, announced: announced?.rtp, learnsPort: learnsPort, now: .now())
        controlGate = DatagramGate(host: host, announced: announced?.rtcp, learnsPort: learnsPort, now: .now())
        reports?.cancel()
        scheduleReport()
    }

    private func scheduleReport() {
        guard receiver != nil else { return }
        reports = rtp.eventLoop.assumeIsolated().scheduleTask(in: Self.reportInterval) { [weak self] in
            guard let self else { return }
            sendReport(block: reception.report(now: .now()))
            scheduleReport()
        }
    }

    /// An empty RTP packet and an empty report to the sender's ports: a router on the way lets the answers through.
    func punch() {
        if let port = gate?.port {
            var packet = ByteBuffer()
            packet.writeMultipleIntegers(UInt8(0x80), UInt8(0), UInt16(0), UInt32(0), reporter.ssrc)
            send(packet, on: rtp, to: port)
        }
        sendReport(block: nil)
    }

    private func sendReport(block: ReceiverReport.Block?) {
        guard let port = controlGate?.port else { return }
        send(reporter.packet(block), on: rtcp, to: port)
    }

    private func send(_ bytes: ByteBuffer, on channel: any Channel, to port: UInt16) {
        guard var remote, channel.isWritable else { return }
        remote.port = Int(port)
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: bytes), promise: nil)
    }

    // MARK: Datagrams

    fileprivate func read(_ address: SocketAddress, _ bytes: RawSpan, isControl: Bool) {
        if !isReading {
            isReading = true
            now = .now()
        }
        guard receiver != nil, gate != nil, let host = HostAddress(address),
            let port = address.port.flatMap({ UInt16(exactly: $0) })
        else { return }
        guard bytes.byteCount >= 8, bytes.uint8(at: 0) >> 6 == 2 else { return }
        let admits =
            isControl ? controlGate?.admits(host, port: port, now: now) : gate?.admits(host, port: port, now: now)
        guard admits == true else { return }
        read.byteCount += bytes.byteCount
        // Cameras are met that send their reports to the port of the packets (RFC 5761).
        if isControl || (200...204).contains(bytes.uint8(at: 1)) { return control(bytes) }
        guard bytes.byteCount >= RTPHeader.fixedLength else { return }
        if bytes.byteCount >= Self.datagramBytes, !isWidened { return widen() }
        reception.count(bytes, arrival: now)
        switch reorder.receive(bytes, now: now) {
        case .deliver:
            deliver(bytes)
            if reorder.deadline != nil { deliverKept() }
        case .kept: deliverKept()
        case .dropped: break
        }
    }

    fileprivate func readComplete() {
        isReading = false
        guard read.hasDelivered || read.byteCount > 0, let receiver else { return }
        let over = read
        read = DatagramRead()
        receiver.readComplete(over)
    }

    private func control(_ bytes: RawSpan) {
        if let report = SenderReport(bytes) { reception.note(report, arrival: now) }
        read.hasDelivered = true
        receiver?.received(control: bytes)
    }

    private func deliver(_ packet: RawSpan) {
        guard gate != nil, let receiver else { return }
        if packet.byteCount > RTPHeader.fixedLength { read.hasPackets = true }
        read.hasDelivered = true
        receiver.received(packet: packet)
    }

    private func deliverKept() {
        while let packet = reorder.next() { deliver(packet.readableBytesSpan) }
        guard let deadline = reorder.deadline else { return }
        guard expiry == nil, receiver != nil else { return }
        expiry = rtp.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.expire() }
    }

    private func expire() {
        expiry = nil
        now = .now()
        while let deadline = reorder.deadline, deadline <= now {
            reorder.expire(now: now)
            while let packet = reorder.next() { deliver(packet.readableBytesSpan) }
        }
        deliverKept()
        readComplete()
    }

    /// A datagram filled its place, so its end may be lost: from now on there is room for the largest. One packet is lost.
    private func widen() {
        isWidened = true
        let options = rtp.syncOptions
        try? options?.setOption(.datagramVectorReadMessageCount, value: 2)
        try? options?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2 * Self.largestDatagram))
    }
}

/// Writes our receiver reports of one session.
final class ReceptionReporter {
    let ssrc = UInt32.random(in: 1...UInt32.max)
    /// Says nothing of the machine (RFC 7022 section 4.2).
    private let name = String(UInt64.random(in: .min ... .max), radix: 36)

    func packet(_ block: ReceiverReport.Block?) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: 64)
        ReceiverReport(ssrc: ssrc, block: block).serialize(into: &buffer, canonicalName: name)
        return buffer
    }
}

/// One of the two ports.
///
/// Confined to the channel's event loop.
private final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    /// Lets go when the channel closes.
    private let ports: TrackPorts
    private let isControl: Bool

    init(_ ports: TrackPorts, isControl: Bool) {
        self.ports = ports
        self.isControl = isControl
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        ports.read(envelope.remoteAddress, envelope.data.readableBytesSpan, isControl: isControl)
    }

    func channelReadComplete(context: ChannelHandlerContext) { ports.readComplete() }

    /// A port of the camera that nobody listens at is no reason to stop listening here.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
