import NIOCore

/// The packet path of one connection: takes frames off the bytes of a read and hands them on in place.
///
/// A whole frame of the played track never leaves the read buffer: no slice, no copy, no allocation. Only the incomplete
/// tail of a read is copied, and completed with just the bytes that it lacks. Everything else is the decoder's.
///
/// ## Concurrency model
/// Confined to the channel's event loop.
final class RTSPClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// `nil` once stopped: nothing is delivered any more.
    private var client: RTSPClient?
    private var decoder: RTSPDecoder
    /// Bytes of an element that was not whole at the end of the last read.
    private var tail = ByteBuffer()
    /// Channels of the played track; beyond 255 while none is set up.
    private var rtpChannel = UInt16.max
    private var rtcpChannel = UInt16.max
    private var audio: AudioChannels?
    /// Of the read under way.
    private var hasPackets = false
    private var hasDelivered = false
    private var reception = ReceptionStatistics()
    /// Made with the camera's first report: one that sends none gets none.
    private var reporter: ReceptionReporter?
    private var lastReport = NIODeadline.distantPast

    init(client: RTSPClient, limits: RTSPLimits) {
        self.client = client
        decoder = RTSPDecoder(limits: limits)
    }

    /// One read a wake-up: level-triggered epoll tells whether there is more, which saves the read that finds nothing.
    static func tune(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(.recvAllocator, value: PassingReceiveBuffers())
        // Only TCP knows it; a channel of a test need not.
        try? options.setOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
    }

    private struct AudioChannels {
        let rtp: UInt16
        let rtcp: UInt16
        let payloadType: UInt8
    }

    /// From now on the sound comes too, if there is one.
    func play(audio: RTSPClientAudio) {
        guard case .set(let track, let rtp, let rtcp) = audio else { return self.audio = nil }
        self.audio = AudioChannels(rtp: UInt16(rtp), rtcp: rtcp.map(UInt16.init) ?? .max, payloadType: track.payloadType)
        decoder.channels.formUnion([rtp, rtcp].compactMap { $0 })
    }

    private func isPlayed(_ channel: UInt8) -> Bool {
        let channel = UInt16(channel)
        if channel == rtpChannel || channel == rtcpChannel { return true }
        return audio.map { channel == $0.rtp || channel == $0.rtcp } ?? false
    }

    func play(rtp: UInt8, rtcp: UInt8?) {
        rtpChannel = UInt16(rtp)
        rtcpChannel = rtcp.map(UInt16.init) ?? .max
        decoder.channels = Set([rtp, rtcp].compactMap { $0 })
    }

    /// No packet is delivered any more; messages still are.
    func mute() {
        rtpChannel = .max
        rtcpChannel = .max
        audio = nil
    }

    func stop() { client = nil }

    var noise: RTSPWireError? { decoder.noise }

    var lostFraming: (bytes: Int, times: Int) { (decoder.skippedBytes, decoder.resynchronizations) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard client != nil else { return }
        var buffer = unwrapInboundIn(data)
        if tail.readableBytes > 0 {
            guard completeTail(&buffer) else { return }
        }
        take(from: &buffer)
        if buffer.readableBytes > 0, client != nil { keep(&buffer) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard hasDelivered, let client else { return }
        if hasPackets { client.receivedPackets() }
        hasPackets = false
        hasDelivered = false
        client.delegate?.clientReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        let client = client
        client?.disconnected(self)
        context.fireChannelInactive()
    }

    /// The connection broke; `channelInactive` follows the close.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Takes everything that is whole off `buffer`; what is left is the beginning of an element.
    private func take(from buffer: inout ByteBuffer) {
        while client != nil, buffer.readableBytes > 0 {
            takeFrames(from: &buffer)
            guard let client, buffer.readableBytes > 0 else { return }
            do {
                guard let element = try decoder.next(from: &buffer) else { return }
                // After framing was found again the decoder itself may come upon a frame of the track.
                if case .interleaved(let channel, let payload) = element {
                    if let delegate = client.delegate { deliver(channel, payload.readableBytesSpan, to: delegate) }
                } else {
                    client.received(element)
                }
            } catch {
                return client.failed(error)
            }
        }
    }

    /// Delivers whole frames of the track while they follow each other.
    private func takeFrames(from buffer: inout ByteBuffer) {
        guard decoder.isAtBoundary else { return }
        let taken = deliverFrames(of: buffer.readableBytesSpan)
        buffer.moveReaderIndex(forwardBy: taken)
    }

    /// How many bytes the frames took.
    private func deliverFrames(of bytes: RawSpan) -> Int {
        // Once for all of them: the delegate stays as long as the client does.
        guard let delegate = client?.delegate else { return 0 }
        var taken = 0
        let count = bytes.byteCount
        while client != nil, count - taken >= FrameHeader.byteCount, bytes.uint8(at: taken) == FrameHeader.magic {
            let channel = bytes.uint8(at: taken + 1)
            guard isPlayed(channel) else { break }
            let end = taken + FrameHeader.byteCount + Int(bytes.uint16(at: taken + 2))
            guard end <= count else { break }
            deliver(channel, bytes.extracting((taken + FrameHeader.byteCount)..<end), to: delegate)
            taken = end
        }
        return taken
    }

    private func deliver(_ channel: UInt8, _ payload: RawSpan, to delegate: any RTSPClientDelegate) {
        if let audio, isSound(channel, payload, audio) {
            hasDelivered = true
            if UInt16(channel) == audio.rtcp {
                delegate.clientReceived(audioControl: payload)
            } else {
                delegate.clientReceived(audio: payload)
            }
        } else if UInt16(channel) == rtpChannel {
            // What carries no payload is no sign of a picture.
            if payload.byteCount > RTPHeader.fixedLength, payload.uint8(at: 0) >> 6 == 2 {
                hasPackets = true
                reception.count(payload)
            }
            hasDelivered = true
            delegate.clientReceived(packet: payload)
        } else if UInt16(channel) == rtcpChannel {
            hasDelivered = true
            delegate.clientReceived(control: payload)
            if let report = SenderReport(payload) { answer(report, on: channel) }
        }
    }

    /// What comes on the sound's channels, and what a camera sends of it on the video's.
    private func isSound(_ channel: UInt8, _ payload: RawSpan, _ audio: AudioChannels) -> Bool {
        let channel = UInt16(channel)
        if channel == audio.rtp || channel == audio.rtcp { return true }
        guard channel == rtpChannel, payload.byteCount >= RTPHeader.fixedLength else { return false }
        return payload.uint8(at: 1) & 0x7F == audio.payloadType
    }

    /// A camera's report is answered by ours, one each five seconds at most: no timer and no wake-up of its own.
    private func answer(_ report: SenderReport, on channel: UInt8) {
        let now = NIODeadline.now()
        reception.note(report, arrival: now)
        guard now - lastReport >= TrackPorts.reportInterval - .milliseconds(500), let client else { return }
        lastReport = now
        let reporter = reporter ?? ReceptionReporter()
        self.reporter = reporter
        client.send(report: reporter.packet(reception.report(now: now)), channel: channel)
    }

    /// Moves from `buffer` what the tail lacks. `false` if that was everything and it still lacks some.
    private func completeTail(_ buffer: inout ByteBuffer) -> Bool {
        guard decoder.isAtBoundary, let first = tail.skipBlank(), first == FrameHeader.magic else {
            // Part of a message, or framing is lost: rare, so the whole read is appended.
            return appendWhole(&buffer)
        }
        move(FrameHeader.byteCount - tail.readableBytes, from: &buffer)
        guard let header = FrameHeader(tail.readableBytesSpan) else { return false }
        guard isPlayed(header.channel) else { return appendWhole(&buffer) }
        move(header.frameBytes - tail.readableBytes, from: &buffer)
        guard tail.readableBytes >= header.frameBytes else { return false }
        takeFrames(from: &tail)
        clearTail()
        return true
    }

    private func appendWhole(_ buffer: inout ByteBuffer) -> Bool {
        tail.writeBuffer(&buffer)
        take(from: &tail)
        if tail.readableBytes == 0 { clearTail() } else { tail.discardReadBytes() }
        return false
    }

    private func move(_ count: Int, from buffer: inout ByteBuffer) {
        guard count > 0, var part = buffer.readSlice(length: min(count, buffer.readableBytes)) else { return }
        tail.writeBuffer(&part)
    }

    private func keep(_ rest: inout ByteBuffer) { tail.writeBuffer(&rest) }

    /// Keeps a small allocation for the next tail and gives a large one back.
    private func clearTail() {
        if tail.capacity > 16_384 { tail = ByteBuffer() } else { tail.clear() }
    }
}
