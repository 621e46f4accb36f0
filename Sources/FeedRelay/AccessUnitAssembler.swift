import GatewayCore
import NIOCore
import RTSP

/// Collects a camera's RTP packets into access units of the feed.
///
/// Packets are copied into the memory of their unit; on the way channel, payload type, sequence, timestamp and SSRC become
/// the feed's own, so that all viewers share the bytes whatever the camera does. Lost packets leave the same hole in
/// the outgoing sequence. A unit ends with the marker bit, or, for cameras that never set it, when the timestamp
/// changes. Parameter sets are put before a key picture that comes without them. Only what is no RTP payload, several NAL
/// units packed as one with start codes between them, is packed anew.
///
/// ## Where decoding begins
/// A key unit is an IDR picture (for H.265 any random access picture) of which nothing was lost. A camera with intra refresh
/// or an open GOP may never send one. Its key units are the pictures with a recovery point message, of distance zero beside
/// IDR pictures, of any distance where there are none; and where there is no such message either, from
/// ``patience`` after the session began, the pictures that come with a sequence parameter set or are predicted from no other.
/// A viewer of such a stream sees it complete itself within a refresh.
///
/// Pure: no clock, no I/O. Confined to the feed's loop by its owner.
struct AccessUnitAssembler {
    static let payloadType: UInt8 = 96
    /// A unit above this is dropped whole and counted, and so is what depends on it, up to the next key unit.
    static let largestUnit = 5 << 20
    /// How long a session may go on without a proper key picture before lesser ones are taken for it.
    static let patience: TimeAmount = .seconds(4)
    private static let reorderWindow = 64
    private static let reorderSteps = 3

    let codec: VideoCodec
    /// Sequence number that the next packet gets.
    var nextSequence: UInt16
    let ssrc: UInt32
    private let timestampOffset: UInt32

    private(set) var lostPackets = 0
    private(set) var malformedPackets = 0
    private(set) var oversizedUnits = 0
    /// Key pictures of which a part was lost: no viewer can begin with them.
    private(set) var damagedKeyUnits = 0
    /// NAL units that came packed with others as one.
    var unpackedUnits = 0
    /// Times go back again and again: frames come in decoding order, not in that of display.
    private(set) var isReordered = false
    /// Of the last units at most ``reorderWindow``. One step back alone is a clock that was set, or a damaged packet.
    private var stepsBack = (count: 0, units: 0)
    private(set) var timeline = MediaTimeline()
    /// Of ``parameterSets``, when it was last asked whether frames may be reordered.
    private var judgedGeneration = 0
    /// Parameter sets in force: from the session description, then from the stream.
    var parameterSets: ParameterSetStore

    let memory = UnitMemory()
    var open: OpenUnit?
    private var lastCameraSequence: UInt16?
    private var cameraSSRC: UInt32?
    private var lastCameraTimestamp: UInt32?
    private var lastMediaTime: MediaTime?
    private var sessionStart: NIODeadline?
    /// Of the present session.
    private var hasKeyPictures = false
    private var ignoresMarker = false
    private var isBroken = false
    private(set) var isSkippingOversized = false
    var packing = Packing()

    struct OpenUnit {
        var cameraTimestamp: UInt32
        var mediaTime: MediaTime
        var arrival: NIODeadline
        var firstSequence: UInt16
        var kinds: NALUnitKind
        /// Whether decoding may begin here; known with the first slice.
        var isStart = false
        /// Only because its slices are predicted from no other picture.
        var startsByIntra = false
        /// Of the recovery point message, if there was one.
        var recoveryDistance: Int?
        var isDamaged = false
    }

    init(codec: VideoCodec, ssrc: UInt32, firstSequence: UInt16, timestampOffset: UInt32) {
        self.codec = codec
        self.ssrc = ssrc
        self.nextSequence = firstSequence
        self.timestampOffset = timestampOffset
        self.parameterSets = ParameterSetStore(codec: codec)
    }

    /// A new connection to the camera begins; `parameterSets` are those of its session description.
    mutating func sessionBegan(parameterSets sets: [[UInt8]]) {
        timeline.sessionEnded()
        lastCameraSequence = nil
        cameraSSRC = nil
        lastCameraTimestamp = nil
        sessionStart = nil
        hasKeyPictures = false
        ignoresMarker = false
        isBroken = false
        open = nil
        isSkippingOversized = false
        packing = Packing()
        memory.clear()
        parameterSets.replace(with: sets)
    }

    /// Takes one RTP packet; the units that it completed (none, one or two) are appended to `completed`.
    mutating func append(_ packet: RawSpan, arrival: @autoclosure () -> NIODeadline, completed: inout [AccessUnit]) {
        guard let header = RTPHeader(packet) else {
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
        if gap > 0 {
            lostPackets += gap
            nextSequence &+= UInt16(truncatingIfNeeded: gap)
            open?.isDamaged = true
            packing.abandon()
        }
        if let unit = open, unit.cameraTimestamp != header.timestamp { finishUnit(&completed) }
        let payload = packet.extracting(header.payload)
        let isByteStream = StartCode.leads(payload)
        guard !payload.isEmpty, let content = isByteStream ? .single([]) : VideoPayload(payload, codec: codec) else {
            malformedPackets += 1
            return
        }
        if open == nil { beginUnit(header, arrival: arrival()) }
        if isByteStream || holdsStartCode(payload, content) {
            unpack(payload, content, marker: header.marker)
        } else {
            pass(packet, payload, content, marker: header.marker)
        }
        if header.marker, !ignoresMarker, let kinds = open?.kinds, kinds.contains(.slice) { finishUnit(&completed) }
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

    private mutating func beginUnit(_ header: RTPHeader, arrival: NIODeadline) {
        memory.clear()
        isSkippingOversized = false
        if sessionStart == nil { sessionStart = arrival }
        if parameterSets.generation != judgedGeneration { judgeOrder() }
        let mediaTime = timeline.mediaTime(timestamp: header.timestamp, arrival: arrival)
        open = OpenUnit(
            cameraTimestamp: header.timestamp, mediaTime: mediaTime, arrival: arrival, firstSequence: nextSequence, kinds: .none)
    }

    private mutating func judgeOrder() {
        judgedGeneration = parameterSets.generation
        let sps = parameterSets.sets.first { NALUnitKind(codec, firstByte: $0.first ?? 0) == .sps } ?? []
        let sequence = codec == .h264 ? ParameterSets.h264(sps: sps) : ParameterSets.h265(sps: sps)
        timeline.isMonotonic = sequence?.reorderDepth == 0
    }

    private mutating func noteOrder(_ time: MediaTime) {
        if let last = lastMediaTime, time < last { stepsBack.count += 1 }
        stepsBack.units += 1
        if stepsBack.count >= Self.reorderSteps { isReordered = true }
        if stepsBack.units >= Self.reorderWindow { stepsBack = (0, 0) }
        lastMediaTime = time
    }

    /// A packet as it is: what nearly all cameras send.
    private mutating func pass(_ packet: RawSpan, _ payload: RawSpan, _ content: VideoPayload, marker: Bool) {
        var dataStart: Int?
        switch content {
        case .fragment(_, let starts, let ends, let offset):
            // An empty piece in the middle: of no use to anybody, and some readers stumble over it.
            if offset == payload.byteCount, !starts, !ends, !marker { return }
            if !packing.fragment(starts: starts, ends: ends) { open?.isDamaged = true }
            dataStart = starts ? offset : nil
        case .single(let kind):
            dataStart = codec == .h264 ? 1 : 2
            if kind.contains(.supplement) { noteSupplement(payload) }
        case .aggregate(let kinds, var offset):
            if !kinds.isDisjoint(with: [.slice, .supplement]) {
                while let range = VideoPayload.nextUnit(in: payload, at: &offset) {
                    let kind = NALUnitKind(codec, firstByte: payload.uint8(at: range.lowerBound))
                    if kind.contains(.supplement) { noteSupplement(payload.extracting(range)) }
                    if kind.contains(.slice), dataStart == nil { dataStart = range.lowerBound + (codec == .h264 ? 1 : 2) }
                }
            }
        }
        parameterSets.note(payload, content)
        beginPicture(payload, content.kinds, dataStart: dataStart)
        open?.kinds.formUnion(content.kinds)
        write(packet)
    }

    /// Before a unit's first slice: decides whether decoding may begin here, and puts the parameter sets that are missing.
    mutating func beginPicture(_ payload: RawSpan, _ kinds: NALUnitKind, dataStart: Int?) {
        guard kinds.contains(.slice), let unit = open else { return }
        let isFirst = !unit.kinds.contains(.slice)
        // Slices other than the first are read only where one of them may tell that the stream has no key pictures.
        guard isFirst || unit.startsByIntra else { return }
        let head = dataStart.flatMap { SliceHead(payload, from: $0, isKey: kinds.contains(.key), codec: codec) }
        guard isFirst else {
            if unit.startsByIntra, head?.isIntra == false { open?.isStart = false }
            return
        }
        if let head, !head.isFirst, lastCameraTimestamp == unit.cameraTimestamp {
            // The picture goes on after its marker: this camera marks slices. From now on only the timestamp counts.
            ignoresMarker = true
        }
        if kinds.contains(.key) { hasKeyPictures = true }
        guard head?.isFirst ?? true, isStart(unit, kinds, head) else { return }
        open?.isStart = true
        open?.startsByIntra = unit.recoveryDistance == nil && unit.kinds.union(kinds).isDisjoint(with: [.key, .sps])
        if let head { parameterSets.activate(picture: head.parameterSet) }
        insertParameterSets(beside: unit.kinds.union(kinds))
    }

    private func isStart(_ unit: OpenUnit, _ kinds: NALUnitKind, _ head: SliceHead?) -> Bool {
        if kinds.contains(.key) { return true }
        if let distance = unit.recoveryDistance { return distance == 0 || !hasKeyPictures }
        guard !hasKeyPictures, let sessionStart, unit.arrival - sessionStart >= Self.patience else { return false }
        return unit.kinds.contains(.sps) || kinds.contains(.sps) || head?.isIntra == true
    }

    mutating func noteSupplement(_ unit: RawSpan) {
        if let distance = RecoveryPoint.distance(in: unit, codec: codec) { open?.recoveryDistance = distance }
    }

    private mutating func insertParameterSets(beside kinds: NALUnitKind) {
        guard !kinds.isSuperset(of: neededSets), let unit = open, let aggregate = parameterSets.aggregate else { return }
        writeHeader(of: unit, payloadLength: aggregate.readableBytes, marker: false)
        memory.append(aggregate.readableBytesSpan)
        open?.kinds.formUnion(.parameterSet)
    }

    private mutating func write(_ packet: RawSpan) {
        guard let unit = open, hasRoom(for: packet.byteCount) else { return }
        memory.append(
            packet: packet, payloadType: Self.payloadType, sequence: nextSequence, timestamp: timestamp(of: unit.mediaTime),
            ssrc: ssrc)
        nextSequence &+= 1
    }

    /// Without one of them no decoder can begin.
    private var neededSets: NALUnitKind { codec == .h264 ? .h264Sets : .parameterSet }

    /// `false` from the packet on that would make the unit too large.
    mutating func hasRoom(for count: Int) -> Bool {
        if memory.count + count > Self.largestUnit { isSkippingOversized = true }
        return !isSkippingOversized
    }

    /// Framing and RTP header of a packet of ours.
    mutating func writeHeader(of unit: OpenUnit, payloadLength: Int, marker: Bool) {
        memory.appendHeader(
            payloadLength: payloadLength, marker: marker, payloadType: Self.payloadType, sequence: nextSequence,
            timestamp: timestamp(of: unit.mediaTime), ssrc: ssrc)
        nextSequence &+= 1
    }

    private mutating func finishUnit(_ completed: inout [AccessUnit]) {
        guard let unit = open else { return }
        open = nil
        lastCameraTimestamp = unit.cameraTimestamp
        packing.unitEnded(isKey: unit.kinds.contains(.key))
        let isKey = unit.isStart && unit.kinds.isSuperset(of: neededSets) && !unit.isDamaged && !isSkippingOversized
        guard !isSkippingOversized, isKey || !isBroken else {
            oversizedUnits += isSkippingOversized ? 1 : 0
            isBroken = true
            return
        }
        guard memory.count > 0, unit.kinds.contains(.slice) else { return }
        if unit.isStart, unit.isDamaged { damagedKeyUnits += 1 }
        isBroken = false
        noteOrder(unit.mediaTime)
        completed.append(
            AccessUnit(
                frames: memory.finish(), mediaTime: unit.mediaTime, arrival: unit.arrival, isKey: isKey,
                firstSequence: unit.firstSequence, timestamp: timestamp(of: unit.mediaTime)))
    }

    func timestamp(of mediaTime: MediaTime) -> UInt32 {
        UInt32(truncatingIfNeeded: mediaTime.ticks) &+ timestampOffset
    }
}
