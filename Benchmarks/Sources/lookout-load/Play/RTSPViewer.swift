/// A viewer that plays RTP over the RTSP connection and looks into every packet's header.
final class RTSPViewer: Viewer {
    private static let keepAliveSeconds = 25.0

    let stream: ByteStream
    private var handshake: RTSPHandshake
    private var described = MonotonicTime.now
    private var nextKeepAlive: MonotonicTime?
    private var lastSequence: UInt16?
    private var lastUnit: UInt32?
    private var hasKey = false
    // The unit that is being read.
    private var stamp: Stamp?
    private var isKey = false

    init(url: MediaURL, memory: ByteStream.Memory) throws {
        stream = ByteStream(descriptor: try TCPSocket.connect(host: url.host, port: url.port), memory: memory)
        handshake = RTSPHandshake(url: url)
        described = .now
        try stream.send(handshake.begin())
    }

    func keepAlive(now: MonotonicTime) throws {
        guard let due = nextKeepAlive, now >= due else { return }
        nextKeepAlive = now + Self.keepAliveSeconds
        try stream.send(handshake.keepAlive())
    }

    func read(_ tally: Tally) throws {
        let count = try stream.read { try consume($0, now: .now, tally) }
        if tally.isMeasuring { tally.bytes += count }
    }

    private func consume(_ bytes: UnsafeRawBufferPointer, now: MonotonicTime, _ tally: Tally) throws -> Int {
        var offset = 0
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            if rest[0] == UInt8(ascii: "$") {
                guard rest.count >= 4 else { break }
                let end = 4 + (Int(rest[2]) << 8 | Int(rest[3]))
                guard rest.count >= end else { break }
                if rest[1] == 0 { packet(UnsafeRawBufferPointer(rebasing: rest[4..<end]), now: now, tally) }
                offset += end
            } else {
                guard rest[0] >= UInt8(ascii: "A"), rest[0] <= UInt8(ascii: "Z") else { throw LoadError("framing is lost") }
                guard let taken = try RTSPMessage.take(from: rest) else { break }
                offset += taken.byteCount
                try answered(taken.message, tally)
            }
        }
        return offset
    }

    private func answered(_ message: RTSPMessage, _ tally: Tally) throws {
        let wasPlaying = handshake.isPlaying
        if let next = try handshake.received(message) { try stream.send(next) }
        guard handshake.isPlaying, !wasPlaying else { return }
        nextKeepAlive = .now + Self.keepAliveSeconds
        tally.began()
    }

    private func packet(_ packet: UnsafeRawBufferPointer, now: MonotonicTime, _ tally: Tally) {
        guard packet.count > 12 else { return }
        let sequence = UInt16(packet[2]) << 8 | UInt16(packet[3])
        if tally.isMeasuring, let lastSequence {
            let lost = sequence &- lastSequence &- 1
            if lost < 1 << 15 { tally.lostPackets += Int(lost) }
        }
        lastSequence = sequence
        let header = 12 + 4 * Int(packet[0] & 15)
        guard packet.count > header + 1 else { return }
        switch packet[header] & 0x1F {
        case NALUnitType.supplement, NALUnitType.aggregate:
            if let stamp = Stamp.find(in: packet) { self.stamp = stamp }
        case NALUnitType.key: isKey = true
        case NALUnitType.fragment: isKey = isKey || packet[header + 1] & 0x1F == NALUnitType.key
        default: break
        }
        if packet[1] & 0x80 != 0 { unitEnded(now: now, tally) }
    }

    private func unitEnded(now: MonotonicTime, _ tally: Tally) {
        if isKey, !hasKey {
            hasKey = true
            tally.firstKey.add(now.milliseconds(since: described))
        }
        isKey = false
        guard let stamp else { return }
        tally.unitEnded(stamp, after: lastUnit, now: now)
        lastUnit = stamp.unit
        self.stamp = nil
    }
}
