import NIOCore

/// Writes frames as datagrams to one client: the shared bytes of an access unit are sliced, never copied.
///
/// A receiver's socket takes some 90 packets at once (212,992 bytes by Linux's default, counted with what the kernel adds),
/// and what does not fit is lost without a word. So a burst leaves at once, and the rest of a large picture or of a
/// cached GOP follows at ``rate``, a bit each millisecond. What waits counts as pending: viewers that lag skip as they do
/// over TCP.
///
/// ## Concurrency model
/// Confined to the event loop of the client's connection.
final class DatagramSink: InterleavedSink {
    /// Bytes that may leave at once: a picture between key pictures does.
    static let burst = 64 << 10
    /// Bytes a millisecond beyond: 256 Mbit/s.
    static let rate = 32 << 10

    /// A track's ports, and where the client wants its RTCP.
    private typealias Route = (pair: DatagramPair, control: SocketAddress)

    private var video: Route?
    private var audio: Route?
    private let eventLoop: any EventLoop
    private let ended: () -> Void
    private var queue = CircularBuffer<ByteBuffer>()
    private var queuedBytes = 0
    private var credit = DatagramSink.burst
    private var paidAt = NIODeadline.now()
    private var timer: Scheduled<Void>?
    private var isClosed = false

    /// - Parameter ended: the presentation wants the client's connection ended.
    init(on eventLoop: any EventLoop, ended: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.ended = ended
    }

    /// The track's frames leave by this pair from now on: the video's have channels 0 and 1, the sound's 2 and 3. What was
    /// used before is closed.
    func use(_ pair: DatagramPair, control: SocketAddress, for track: RTSPServerSession.Track) {
        guard !isClosed else { return pair.close() }
        switch track {
        case .video:
            video?.pair.close()
            video = (pair, control)
        case .audio:
            audio?.pair.close()
            audio = (pair, control)
        }
    }

    func endAudio() {
        audio?.pair.close()
        audio = nil
    }

    var pendingBytes: Int {
        guard let rtp = video?.pair.rtp, !rtp.isWritable else { return queuedBytes }
        return queuedBytes + ((try? rtp.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }

    func write(_ frames: ByteBuffer) {
        guard !isClosed else { return }
        queue.append(frames)
        queuedBytes += frames.readableBytes
    }

    func flush() {
        guard timer == nil, !queue.isEmpty, !isClosed else { return }
        let now = NIODeadline.now()
        let earned = (now - paidAt).nanoseconds / 1_000 * Int64(Self.rate) / 1_000
        credit = Int(min(Int64(Self.burst), Int64(credit) + max(0, earned)))
        paidAt = now
        send()
    }

    func close() { ended() }

    /// What waits is forgotten: the view is paused, or over.
    func clear() {
        timer?.cancel()
        timer = nil
        queue.removeAll()
        queuedBytes = 0
    }

    func stop() {
        isClosed = true
        clear()
        video?.pair.close()
        audio?.pair.close()
    }

    private func send() {
        guard let rtp = video?.pair.rtp else { return clear() }
        guard rtp.isWritable else { return wait(.milliseconds(2)) }
        while credit > 0, var frames = queue.popFirst() {
            let before = frames.readableBytes
            var isFramed = true
            while credit > 0, isFramed, frames.readableBytes > 0 { isFramed = sendPacket(from: &frames) }
            queuedBytes -= before - (isFramed ? frames.readableBytes : 0)
            if isFramed, frames.readableBytes > 0 { queue.prepend(frames) }
        }
        rtp.flush()
        audio?.pair.rtp.flush()
        if !queue.isEmpty { wait(.milliseconds(1)) }
    }

    /// `false` for what is no whole frame.
    private func sendPacket(from frames: inout ByteBuffer) -> Bool {
        guard let (_, channel, length) = frames.readMultipleIntegers(as: (UInt8, UInt8, UInt16).self),
            let packet = frames.readSlice(length: Int(length))
        else { return false }
        credit -= 4 + Int(length)
        // Of a track that the client did not set up nothing leaves.
        guard let route = channel < 2 ? video : audio else { return true }
        if channel % 2 == 0 {
            route.pair.rtp.pipeline.syncOperations.write(NIOAny(packet), promise: nil)
        } else {
            route.pair.rtcp.writeAndFlush(AddressedEnvelope(remoteAddress: route.control, data: packet), promise: nil)
        }
        return true
    }

    private func wait(_ time: TimeAmount) {
        timer = eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
            guard let self else { return }
            timer = nil
            flush()
        }
    }
}
