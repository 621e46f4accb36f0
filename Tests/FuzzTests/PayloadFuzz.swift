import GatewayCore
import NIOCore

@testable import FeedRelay
@testable import RTSP

/// A camera's packets through the assembler, and its pictures through all that the gateway makes of them.
enum PayloadFuzz {
    private static let ssrc: UInt32 = 0xFEED_0001

    static func run(_ input: inout FuzzInput) throws(BrokenInvariant) {
        let mode = input.byte()
        if mode & 8 != 0 { return try sound(&input, mode) }
        let codec: VideoCodec = mode & 1 == 0 ? .h264 : .h265
        var camera = Camera(isRaw: mode & 2 != 0)
        var assembler = AccessUnitAssembler(codec: codec, ssrc: ssrc, firstSequence: 65_530, timestampOffset: 0xFFFF_0000)
        assembler.sessionBegan(parameterSets: mode & 4 == 0 ? [] : Self.described(codec))
        var watch = UnitWatch(codec: codec, ssrc: ssrc)
        var units: [AccessUnit] = []
        while !input.isEmpty {
            guard let packet = camera.packet(&input) else {
                assembler.sessionBegan(parameterSets: [])
                continue
            }
            assembler.append(packet.span.bytes, arrival: camera.now, completed: &units)
            for unit in units { try watch.note(unit, assembler) }
            units.removeAll()
            try require(
                assembler.memory.count <= AccessUnitAssembler.largestUnit + 70_000, "a unit of \(assembler.memory.count) bytes")
            try report(packet)
        }
        try check(assembler.parameterSets)
    }

    /// AAC packets: flags and length, then the payload.
    private static func sound(_ input: inout FuzzInput, _ mode: UInt8) throws(BrokenInvariant) {
        let high = AACPacking.Lengths(size: 13, index: 3, indexDelta: 3)
        let odd = AACPacking.Lengths(size: 1 + Int(mode >> 4), index: Int(mode & 7), indexDelta: Int(mode & 1) * 8)
        let packing: AACPacking =
            switch mode & 3 {
            case 0: .elementary(high)
            case 1: .elementary(odd)
            default: .latm(muxConfig: [0x40, 0, 0x24, 0x10])
            }
        var reader = AACReader(packing)
        var (taken, came) = (0, 0)
        var isInBounds = true
        while !input.isEmpty {
            let flags = input.byte()
            if flags & 2 != 0 { reader.abandon() }
            let payload = input.bytes(flags & 0x80 == 0 ? Int(input.byte()) : Int(input.number16() & 0x7FF))
            came += payload.count
            _ = reader.read(payload.span.bytes, marker: flags & 1 != 0) { unit in
                isInBounds = isInBounds && 1...AACReader.largestUnit ~= unit.byteCount
                taken += unit.byteCount
            }
        }
        try require(isInBounds, "a unit of impossible size")
        try require(taken <= came, "more sound than came")
    }

    /// Sender reports, alone or in a compound.
    private static func report(_ packet: [UInt8]) throws(BrokenInvariant) {
        guard let report = SenderReport(packet.span.bytes) else { return }
        var buffer = ByteBuffer()
        report.serialize(into: &buffer)
        try require(buffer.readableBytes == SenderReport.byteCount, "a sender report of \(buffer.readableBytes) bytes")
        try require(SenderReport(buffer.readableBytesSpan) == report, "another sender report after writing")
        try require(report.secondsSince1970.isFinite, "a clock that is no number")
        try require(report.secondsSince1970(now: 2_100_000_000) >= report.secondsSince1970, "a clock that loses an era")
    }

    static func check(_ store: ParameterSetStore) throws(BrokenInvariant) {
        try require(store.sets.count <= ParameterSetStore.countLimit, "\(store.sets.count) parameter sets")
        try require(store.sets.reduce(0) { $0 + $1.count } <= ParameterSetStore.byteLimit, "too many bytes of parameter sets")
        guard let aggregate = store.aggregate else { return try require(store.sets.isEmpty, "sets without their packet") }
        guard case .aggregate(let kinds, var offset)? = VideoPayload(aggregate.readableBytesSpan, codec: store.codec) else {
            throw BrokenInvariant(description: "the packet of parameter sets is no aggregate")
        }
        try require(kinds.isSuperset(of: [.sps, .pps]), "the packet of parameter sets lacks one")
        var found: [[UInt8]] = []
        while let range = VideoPayload.nextUnit(in: aggregate.readableBytesSpan, at: &offset) {
            found.append(aggregate.readableBytesSpan.extracting(range).withUnsafeBytes { Array($0) })
        }
        try require(found == store.sets, "the packet of parameter sets holds others")
    }

    private static func described(_ codec: VideoCodec) -> [[UInt8]] {
        switch codec {
        case .h264: [[0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44], [0x68, 0xCE, 0x3C, 0x80]]
        case .h265: []
        }
    }
}

/// Makes packets out of a fuzzer's bytes: each begins with a byte of flags, its length, and what the flags ask for.
private struct Camera {
    let isRaw: Bool
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private var sequence: UInt16 = 65_533
    private var timestamp: UInt32 = 0xFFFF_FF00
    private var ssrc: UInt32 = 7

    init(isRaw: Bool) { self.isRaw = isRaw }

    /// `nil`: the connection ends and another begins.
    mutating func packet(_ input: inout FuzzInput) -> [UInt8]? {
        let flags = input.byte()
        let length = flags & 0x80 == 0 ? Int(input.byte()) : Int(input.number16() & 0x7FF)
        now = now + .milliseconds(Int64(flags & 3) * 40)
        // Raw packets bring their own headers.
        if isRaw { return input.bytes(length) }
        switch flags >> 4 & 7 {
        case 1: sequence &+= input.number16()
        case 2: timestamp &+= UInt32(input.number16()) << 8
        case 3: ssrc &+= 1
        case 4: return nil
        case 5: now = now + .seconds(Int64(input.byte()))
        case 6: sequence &-= 1
        default: break
        }
        if flags & 8 != 0 { timestamp &+= 3_600 }
        defer { sequence &+= 1 }
        let header: [UInt8] = [
            0x80, (flags & 4 == 0 ? 0 : 0x80) | 96, UInt8(sequence >> 8), UInt8(truncatingIfNeeded: sequence),
            UInt8(timestamp >> 24), UInt8(truncatingIfNeeded: timestamp >> 16), UInt8(truncatingIfNeeded: timestamp >> 8),
            UInt8(truncatingIfNeeded: timestamp), 0, 0, 0, UInt8(truncatingIfNeeded: ssrc),
        ]
        return header + input.bytes(length)
    }
}

/// Holds a feed's access units to what viewers rely on.
private struct UnitWatch {
    let codec: VideoCodec
    let ssrc: UInt32
    private var cache = GOPCache(byteLimit: 1 << 16)
    private var stage: FragmentStage?
    private var lastSequence: UInt16?
    private var lastTime: MediaTime?
    private var isMonotonic = false

    init(codec: VideoCodec, ssrc: UInt32) {
        self.codec = codec
        self.ssrc = ssrc
    }

    mutating func note(_ unit: AccessUnit, _ assembler: AccessUnitAssembler) throws(BrokenInvariant) {
        let kinds = try packets(unit)
        try require(kinds.contains(.slice), "a unit without a picture")
        if unit.isKey { try require(kinds.isSuperset(of: [.sps, .pps]), "a key unit without its parameter sets") }
        try require(unit.byteCount <= AccessUnitAssembler.largestUnit + 70_000, "a unit of \(unit.byteCount) bytes")
        try require(unit.mediaTime.ticks >= -MediaTimeline.tolerance.ticks, "a media time long before the feed's begin")
        // What is not known to be reordered from its begin on never steps back.
        if assembler.timeline.isMonotonic, isMonotonic, let lastTime {
            try require(unit.mediaTime > lastTime, "media time runs backwards")
        }
        isMonotonic = assembler.timeline.isMonotonic
        lastTime = max(lastTime ?? unit.mediaTime, unit.mediaTime)
        cache.append(unit)
        try require(cache.byteCount <= cache.byteLimit, "a cache of \(cache.byteCount) bytes")
        try require(cache.units.first?.isKey ?? true, "a cache that begins with no key unit")
        try sample(unit)
        try fragments(unit, assembler)
    }

    /// Every packet whole, numbered on, and the feed's own.
    private mutating func packets(_ unit: AccessUnit) throws(BrokenInvariant) -> NALUnitKind {
        let frames = unit.frames
        let bytes = frames.readableBytesSpan
        var kinds: NALUnitKind = []
        var offset = 0
        var sequence = unit.firstSequence
        // Behind the last unit, perhaps with a hole for what was lost or left out.
        if let lastSequence { try require(Int16(bitPattern: sequence &- lastSequence) != 0, "a sequence number is used twice") }
        while offset < bytes.byteCount {
            try require(
                bytes.byteCount - offset >= 4 && bytes.uint8(at: offset) == 0x24 && bytes.uint8(at: offset + 1) == 0,
                "framing is lost in a unit")
            guard let range = AccessUnit.nextPacket(in: bytes, at: &offset) else {
                throw BrokenInvariant(description: "a packet is cut in its unit")
            }
            let packet = bytes.extracting(range)
            guard let header = RTPHeader(packet) else { throw BrokenInvariant(description: "what goes out is no RTP packet") }
            try require(
                header.ssrc == ssrc && header.payloadType == AccessUnitAssembler.payloadType, "a camera's own numbers go out")
            try require(header.timestamp == unit.timestamp, "two timestamps in one unit")
            let step = Int16(bitPattern: header.sequence &- sequence)
            try require(step >= 0, "sequence numbers run backwards in a unit")
            sequence = header.sequence &+ 1
            lastSequence = header.sequence
            if let payload = VideoPayload(packet.extracting(header.payload), codec: codec) { kinds.formUnion(payload.kinds) }
        }
        try require(offset > 0, "an empty unit")
        return kinds
    }

    private func sample(_ unit: AccessUnit) throws(BrokenInvariant) {
        var sample = unit.sample(codec: codec)
        try require(sample.readableBytes <= unit.byteCount + 4 * 65_536, "a sample much larger than its packets")
        while let length = sample.readInteger(as: UInt32.self) {
            guard length > 0, let nal = sample.readSlice(length: Int(length)),
                let first = nal.getInteger(at: nal.readerIndex, as: UInt8.self)
            else {
                throw BrokenInvariant(description: "a NAL unit is cut in its sample")
            }
            try require(
                NALUnitKind(codec, firstByte: first).isDisjoint(with: [.parameterSet, .delimiter]), "a parameter set in a sample")
        }
        try require(sample.readableBytes == 0, "bytes behind a sample's last unit")
    }

    private mutating func fragments(_ unit: AccessUnit, _ assembler: AccessUnitAssembler) throws(BrokenInvariant) {
        if unit.isKey {
            let description = FeedDescription(codec: codec, parameterSets: assembler.parameterSets.sets)
            try DescriptionFuzz.movie(description)
            if let parameters = description.parameters, stage?.parameters != parameters {
                stage = FragmentStage(parameters: parameters, feedNumber: 1, origin: unit.mediaTime, backlogLimit: 1 << 16)
            }
        }
        guard let fragment = stage?.append(unit) else { return }
        try Box.check(fragment.bytes, kinds: ["moof", "mdat"])
        var chunk = fragment.plainChunk
        guard let line = chunk.readableBytesView.firstIndex(of: 0x0D),
            let digits = chunk.readString(length: line - chunk.readerIndex), let length = Int(digits, radix: 16)
        else { throw BrokenInvariant(description: "a chunk without its length") }
        try require(
            length == fragment.bytes.readableBytes && chunk.readableBytes == length + 4, "a chunk of another length than it says")
    }
}
