import GatewayCore
import NIOCore

/// Collects the NAL units of an access unit out of its RTP packets into one sample: every unit behind a 32-bit
/// big-endian length, as `avcC` and `hvcC` files hold them.
///
/// Parameter sets and access unit delimiters are left out: they stand in the sample entry. A unit of which a piece was
/// lost is left out whole.
package struct NALUnitGatherer {
    private let codec: VideoCodec
    private var sample: ByteBuffer
    /// Index in `sample` of the length of the fragmented unit under way.
    private var openUnit: Int?
    private var expectedSequence: UInt16?
    /// Units that were dropped because a piece was missing.
    package private(set) var damagedUnits = 0

    package init(codec: VideoCodec, capacity: Int) {
        self.init(codec: codec, behind: ByteBufferAllocator().buffer(capacity: capacity))
    }

    /// - Parameter header: what the sample is written behind, into the same memory.
    package init(codec: VideoCodec, behind header: consuming ByteBuffer) {
        self.codec = codec
        self.sample = header
    }

    package mutating func append(packet: RawSpan) {
        guard let header = RTPHeader(packet) else { return }
        let isNext = expectedSequence.map { $0 == header.sequence } ?? true
        expectedSequence = header.sequence &+ 1
        if !isNext { abandonOpenUnit() }
        let payload = packet.extracting(header.payload)
        guard let kind = VideoPayload(payload, codec: codec) else { return }
        switch kind {
        case .single(let kind):
            abandonOpenUnit()
            append(unit: payload, kind)
        case .aggregate(_, var offset):
            abandonOpenUnit()
            while let range = VideoPayload.nextUnit(in: payload, at: &offset) {
                append(unit: payload.extracting(range), NALUnitKind(codec, firstByte: payload.uint8(at: range.lowerBound)))
            }
        case .fragment(let kind, let starts, let ends, let offset):
            if starts { begin(payload, kind) }
            guard openUnit != nil else { return }
            sample.writeBytes(payload.extracting(offset..<payload.byteCount))
            if ends { closeOpenUnit() }
        }
    }

    /// The sample gathered so far, behind what it was begun with; an unfinished unit is left out.
    package consuming func finish() -> ByteBuffer {
        abandonOpenUnit()
        return sample
    }

    private mutating func append(unit: RawSpan, _ kind: NALUnitKind) {
        guard kind.isDisjoint(with: [.parameterSet, .delimiter]), unit.byteCount > 0 else { return }
        sample.writeInteger(UInt32(truncatingIfNeeded: unit.byteCount))
        sample.writeBytes(unit)
    }

    private mutating func begin(_ payload: RawSpan, _ kind: NALUnitKind) {
        abandonOpenUnit()
        guard kind.isDisjoint(with: [.parameterSet, .delimiter]),
            let (first, second) = VideoPayload.header(ofFragment: payload, codec: codec)
        else { return }
        openUnit = sample.writerIndex
        sample.writeInteger(UInt32(0))
        sample.writeInteger(first)
        if let second { sample.writeInteger(second) }
    }

    private mutating func closeOpenUnit() {
        guard let start = openUnit else { return }
        sample.setInteger(UInt32(truncatingIfNeeded: sample.writerIndex - start - 4), at: start)
        openUnit = nil
    }

    private mutating func abandonOpenUnit() {
        guard let start = openUnit else { return }
        sample.moveWriterIndex(to: start)
        openUnit = nil
        damagedUnits += 1
    }
}
