import GatewayCore
import NIOCore
import RTSP

/// Collects a camera's RTP packets into access units of the feed.
///
/// Packets are copied once into a scratch buffer; on the way channel, payload type, sequence, timestamp and SSRC become
/// the feed's own, so that all viewers share the bytes whatever the camera does. Lost packets leave the same hole in
/// the outgoing sequence. A unit ends with the marker bit, or, for cameras that never set it, when the timestamp
/// changes. Parameter sets are put before a key picture that comes without them.
///
/// Pure: no clock, no I/O. Confined to the feed's loop by its owner.
struct AccessUnitAssembler {
    static let payloadType: UInt8 = 96
    /// A unit above this is dropped whole and counted.
    static let largestUnit = 5 << 20

    let codec: VideoCodec
    /// Sequence number that the next packet gets.
    private(set) var nextSequence: UInt16
    private let ssrc: UInt32
    private let timestampOffset: UInt32

    private(set) var lostPackets = 0
    private(set) var malformedPackets = 0
    private(set) var oversizedUnits = 0
    /// A unit's time was not after that of the unit before: frames come in decoding order, not in that of display.
    private(set) var isReordered = false
    private(set) var timeline = MediaTimeline()
    /// Parameter sets in force: from the session description, then from the stream.
    private(set) var parameterSets: ParameterSetStore

    private var scratch: ByteBuffer
    private var open: OpenUnit?
    private var lastCameraSequence: UInt16?
    private var cameraSSRC: UInt32?
    private var lastMediaTime: MediaTime?
    private var isSkippingOversized = false

    private struct OpenUnit {
        var cameraTimestamp: UInt32
        var mediaTime: MediaTime
        var arrival: NIODeadline
        var firstSequence: UInt16
        var kinds: NALUnitKind
    }

    init(codec: VideoCodec, ssrc: UInt32, firstSequence: UInt16, timestampOffset: UInt32) {
        self.codec = codec
        self.ssrc = ssrc
        self.nextSequence = firstSequence
        self.timestampOffset = timestampOffset
        self.parameterSets = ParameterSetStore(codec: codec)
        self.scratch = ByteBufferAllocator().buffer(capacity: 16 << 10)
    }

    /// A new connection to the camera begins; `parameterSets` are those of its session description.
    mutating func sessionBegan(parameterSets sets: [[UInt8]]) {
        timeline.sessionEnded()
        lastCameraSequence = nil
        cameraSSRC = nil
        open = nil
        isSkippingOversized = false
        scratch.clear()
        parameterSets.replace(with: sets)
    }

    /// Takes one RTP packet; the units that it completed (none, one or two) are appended to `completed`.
    mutating func append(_ packet: RawSpan, arrival: NIODeadline, completed: inout [AccessUnit]) {
        guard let header = RTPHeader(packet), !header.payload.isEmpty,
            let payload = VideoPayload(packet.extracting(header.payload), codec: codec)
        else {
            malformedPackets += 1
            return
        }
        if let ssrc = cameraSSRC, ssrc != header.ssrc {
            // The camera restarted its sender within the session.
            lastCameraSequence = nil
            timeline.sessionEnded()
            finishUnit(&completed)
        }
        cameraSSRC = header.ssrc
        guard let gap = sequenceGap(header.sequence) else { return }
        if let unit = open, unit.cameraTimestamp != header.timestamp { finishUnit(&completed) }
        if gap > 0 {
            lostPackets += gap
            nextSequence &+= UInt16(truncatingIfNeeded: gap)
        }
        parameterSets.note(packet.extracting(header.payload), payload)
        beginUnitIfNeeded(header, arrival: arrival)
        insertParameterSetsIfNeeded(payload.kinds)
        open?.kinds.formUnion(payload.kinds)
        write(packet)
        if header.marker, let kinds = open?.kinds, kinds.contains(.slice) { finishUnit(&completed) }
    }

    /// Packets missing before this one; `nil` for a packet that was there already.
    private mutating func sequenceGap(_ sequence: UInt16) -> Int? {
        defer { lastCameraSequence = sequence }
        guard let last = lastCameraSequence else { return 0 }
        let step = Int(Int16(bitPattern: sequence &- last))
        if step == 1 { return 0 }
        if step == 0 {
            malformedPackets += 1
            return nil
        }
        // A jump back or far ahead is a new numbering, not a loss.
        return step > 1 && step < 4_096 ? step - 1 : 0
    }

    private mutating func beginUnitIfNeeded(_ header: RTPHeader, arrival: NIODeadline) {
        guard open == nil else { return }
        scratch.clear()
        isSkippingOversized = false
        let mediaTime = timeline.mediaTime(timestamp: header.timestamp, arrival: arrival)
        open = OpenUnit(
            cameraTimestamp: header.timestamp, mediaTime: mediaTime, arrival: arrival, firstSequence: nextSequence, kinds: [])
    }

    private mutating func insertParameterSetsIfNeeded(_ kinds: NALUnitKind) {
        guard kinds.contains(.key), let unit = open, !unit.kinds.contains(.slice), !unit.kinds.contains(.sps),
            !kinds.contains(.sps),
            let aggregate = parameterSets.aggregate
        else { return }
        writeFraming(packetLength: RTPHeader.fixedLength + aggregate.readableBytes)
        scratch.writeMultipleIntegers(UInt8(0x80), Self.payloadType, nextSequence, timestamp(of: unit.mediaTime), ssrc)
        scratch.writeImmutableBuffer(aggregate)
        nextSequence &+= 1
        open?.kinds.formUnion(.parameterSet)
    }

    private mutating func write(_ packet: RawSpan) {
        guard let unit = open, !isSkippingOversized else { return }
        guard scratch.readableBytes + packet.byteCount <= Self.largestUnit else {
            isSkippingOversized = true
            return
        }
        writeFraming(packetLength: packet.byteCount)
        let start = scratch.writerIndex
        scratch.writeBytes(packet)
        let marker = packet.uint8(at: 1) & 0x80
        scratch.setInteger(marker | Self.payloadType, at: start + 1)
        scratch.setInteger(nextSequence, at: start + 2)
        scratch.setInteger(timestamp(of: unit.mediaTime), at: start + 4)
        scratch.setInteger(ssrc, at: start + 8)
        nextSequence &+= 1
    }

    private mutating func writeFraming(packetLength: Int) {
        scratch.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(0), UInt16(truncatingIfNeeded: packetLength))
    }

    private mutating func finishUnit(_ completed: inout [AccessUnit]) {
        guard let unit = open else { return }
        open = nil
        guard !isSkippingOversized else {
            oversizedUnits += 1
            return
        }
        guard scratch.readableBytes > 0, unit.kinds.contains(.slice) else { return }
        if let last = lastMediaTime, unit.mediaTime <= last { isReordered = true }
        lastMediaTime = max(lastMediaTime ?? unit.mediaTime, unit.mediaTime)
        completed.append(
            AccessUnit(
                frames: ExactBuffer.copy(of: scratch), mediaTime: unit.mediaTime, arrival: unit.arrival,
                isKey: unit.kinds.contains(.key) && unit.kinds.contains(.sps), firstSequence: unit.firstSequence,
                timestamp: timestamp(of: unit.mediaTime)))
        // A key picture must not hold its memory until the next: with a hundred feeds that is as much as half their caches.
        if scratch.capacity > 32 << 10 { scratch = ByteBufferAllocator().buffer(capacity: 16 << 10) }
    }

    func timestamp(of mediaTime: MediaTime) -> UInt32 {
        UInt32(truncatingIfNeeded: mediaTime.ticks) &+ timestampOffset
    }
}
