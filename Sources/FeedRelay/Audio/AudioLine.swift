import GatewayCore
import NIOCore
import RTSP

/// Makes a camera's audio packets the feed's own: channel, payload type, sequence, timestamp and SSRC are rewritten on the one
/// copy out of the read buffer, and stay continuous for the feed's life.
///
/// Timestamps lie on the feed's media time, at the track's clock rate: the first packet of a session at the moment when it
/// came, the next at the camera's distances. Where the camera's sender reports tie both tracks to one clock, the line is set
/// by them, once a session and again when it is off by more than ``tolerance``. A line that leaves the moments of arrival by more
/// than ``MediaTimeline/tolerance`` is re-based to them. It never goes back: what would is dropped.
///
/// Pure: no clock, no I/O. Confined to the feed's loop by its owner.
struct AudioLine {
    /// What may wait for the next unit of video; a flood beyond it is no sound.
    static let largestBatch = 16 << 10
    /// A difference of sound and picture that is set right, in seconds: less is not noticed, and reports are rounded.
    static let tolerance = 0.04

    let track: AudioTrack
    let era: Int
    private let ssrc: UInt32
    private let timestampOffset: UInt32
    private var nextSequence: UInt16
    private let memory = UnitMemory()
    private(set) var pendingSince: NIODeadline?
    /// Of the first packet that waits.
    private var pendingLine: Int64 = 0

    private var session: Session?
    private var lastLine: Int64?
    private var counted = (packets: UInt32(0), octets: UInt32(0))
    /// Packets that were none of the track, came twice, or were too much.
    private(set) var droppedPackets = 0
    private(set) var lostPackets = 0
    private(set) var rebases = 0

    private struct Session {
        var lastSequence: UInt16
        var lastTimestamp: UInt32
        /// Unwrapped timestamp of the camera, in ticks of the track.
        var unwrapped: Int64
        /// Line minus unwrapped timestamp.
        var offset: Int64
    }

    init(track: AudioTrack, era: Int, ssrc: UInt32, firstSequence: UInt16, timestampOffset: UInt32) {
        self.track = track
        self.era = era
        self.ssrc = ssrc
        self.nextSequence = firstSequence
        self.timestampOffset = timestampOffset
    }

    /// A new connection to the camera begins.
    mutating func sessionBegan() {
        session = nil
        memory.clear()
        pendingSince = nil
    }

    /// - Parameter moment: media time when the packet came.
    mutating func append(_ packet: RawSpan, arrival: NIODeadline, moment: MediaTime) {
        guard let header = RTPHeader(packet), header.payloadType == track.payloadType, !header.payload.isEmpty,
            memory.count + packet.byteCount <= Self.largestBatch
        else { return droppedPackets += 1 }
        guard let line = advance(header, moment: moment), line > lastLine ?? .min else { return droppedPackets += 1 }
        lastLine = line
        memory.append(
            packet: packet, payloadType: track.outgoingPayloadType, sequence: nextSequence, timestamp: timestamp(line), ssrc: ssrc,
            channel: 2)
        nextSequence &+= 1
        counted.packets &+= 1
        counted.octets &+= UInt32(truncatingIfNeeded: header.payload.count)
        guard pendingSince == nil else { return }
        pendingSince = arrival
        pendingLine = line
    }

    /// Where the packet lies on the line; `nil` for one that was there already.
    private mutating func advance(_ header: RTPHeader, moment: MediaTime) -> Int64? {
        let expected = ticks(moment)
        guard var current = session else { return begin(header, at: expected) }
        let step = Int(Int16(bitPattern: header.sequence &- current.lastSequence))
        guard step > 0 || step < -256 else { return nil }
        if step > 1, step < 4_096 {
            lostPackets += step - 1
            nextSequence &+= UInt16(truncatingIfNeeded: step - 1)
        }
        current.unwrapped &+= Int64(Int32(bitPattern: header.timestamp &- current.lastTimestamp))
        current.lastTimestamp = header.timestamp
        current.lastSequence = header.sequence
        let line = current.unwrapped &+ current.offset
        guard abs(line &- expected) <= ticks(MediaTimeline.tolerance) else {
            rebases += 1
            return begin(header, at: expected)
        }
        session = current
        return line
    }

    private mutating func begin(_ header: RTPHeader, at expected: Int64) -> Int64 {
        let line = max(expected, (lastLine ?? expected &- 1) &+ 1)
        session = Session(
            lastSequence: header.sequence, lastTimestamp: header.timestamp, unwrapped: Int64(header.timestamp),
            offset: line &- Int64(header.timestamp))
        return line
    }

    /// The camera says that this timestamp of the sound belongs to that media time of the pictures.
    mutating func align(timestamp: UInt32, with mediaTime: MediaTime) {
        guard var current = session else { return }
        let unwrapped = current.unwrapped &+ Int64(Int32(bitPattern: timestamp &- current.lastTimestamp))
        let difference = ticks(mediaTime) &- (unwrapped &+ current.offset)
        // Reports that lead too far away from the arrivals are of another clock.
        guard abs(difference) <= ticks(MediaTimeline.tolerance),
            Double(abs(difference)) > Self.tolerance * Double(track.clockRate)
        else { return }
        current.offset &+= difference
        session = current
    }

    /// What has come since the last call; `nil` if nothing did.
    mutating func take() -> AudioBatch? {
        guard memory.count > 0 else { return nil }
        pendingSince = nil
        return AudioBatch(frames: memory.finish(), era: era, line: pendingLine)
    }

    /// A sender report that ties a media time to a wall time, in seconds since 1970.
    func report(at time: MediaTime, seconds: Double) -> AudioBatch {
        var frames = ByteBufferAllocator().buffer(capacity: 4 + SenderReport.byteCount)
        frames.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(3), UInt16(SenderReport.byteCount))
        SenderReport(
            ssrc: ssrc, ntp: SenderReport.ntp(secondsSince1970: seconds), rtpTimestamp: timestamp(ticks(time)),
            packetCount: counted.packets, octetCount: counted.octets
        ).serialize(into: &frames)
        return AudioBatch(frames: frames, era: era, line: 0)
    }

    private func timestamp(_ line: Int64) -> UInt32 { UInt32(truncatingIfNeeded: line) &+ timestampOffset }

    private func ticks(_ time: MediaTime) -> Int64 { time.ticks(at: track.clockRate) }
}
