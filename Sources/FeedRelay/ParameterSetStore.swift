import GatewayCore
import NIOCore
import RTSP

/// The parameter sets in force on a feed, kept up to date from the stream itself: every one by its number.
///
/// Bounded: what no camera needs (more than 64 sets, or 16 KiB of them) pushes out the oldest.
struct ParameterSetStore {
    private struct Entry {
        var id: ParameterSetID
        var bytes: [UInt8]
        /// Of ``changes`` when it came.
        var age: Int
    }

    static let largestSet = 4_096
    static let byteLimit = 16 << 10
    static let countLimit = 64

    let codec: VideoCodec
    private var entries: [Entry] = []
    private var changes = 0
    /// Number of the sequence parameter set that key pictures use.
    private var activeSequence: Int?
    /// Rises whenever ``sets`` changes.
    private(set) var generation = 0
    /// In decoding order, the one that key pictures use first of its kind; empty until all that the codec needs are known.
    private(set) var sets: [[UInt8]] = []
    /// All sets in one STAP-A or AP payload, to be put before a key picture; `nil` until SPS and PPS are known.
    private(set) var aggregate: ByteBuffer?

    init(codec: VideoCodec) { self.codec = codec }

    /// The sets of a new session's description. Those of another sequence leave with it; none tells nothing.
    mutating func replace(with sets: [[UInt8]]) {
        let sequences = sets.filter { ParameterSetID($0, codec: codec)?.kind == .sps }
        let isSame = sequences.allSatisfy { set in entries.contains { $0.bytes == set } }
        if !sequences.isEmpty, !isSame {
            entries.removeAll()
            activeSequence = nil
        }
        for set in sets { take(set) }
    }

    /// Looks for parameter sets in a packet's payload. Costs a comparison of bytes only where there are some.
    mutating func note(_ payload: RawSpan, _ kind: VideoPayload) {
        guard !kind.kinds.isDisjoint(with: .parameterSet) else { return }
        switch kind {
        case .single: note(unit: payload)
        case .aggregate(_, var offset):
            while let range = VideoPayload.nextUnit(in: payload, at: &offset) { note(unit: payload.extracting(range)) }
        case .fragment:
            // The assembler puts these together first.
            break
        }
    }

    /// A whole NAL unit of any kind.
    mutating func note(unit: RawSpan) {
        guard unit.byteCount > 0, unit.byteCount <= Self.largestSet,
            !NALUnitKind(codec, firstByte: unit.uint8(at: 0)).isDisjoint(with: .parameterSet)
        else { return }
        for entry in entries where Self.isSame(entry.bytes, unit) { return }
        take(unit.withUnsafeBytes { Array($0) })
    }

    /// A key picture refers to this picture parameter set: its sequence's size is the stream's.
    mutating func activate(picture number: Int) {
        guard let sequence = entries.first(where: { $0.id.kind == .pps && $0.id.number == number })?.id.sequence,
            sequence != activeSequence
        else { return }
        activeSequence = sequence
        changed()
    }

    private mutating func take(_ set: [UInt8]) {
        guard set.count <= Self.largestSet, let id = ParameterSetID(set, codec: codec),
            !entries.contains(where: { $0.bytes == set })
        else { return }
        changes += 1
        entries.removeAll { $0.id.kind == id.kind && $0.id.number == id.number }
        entries.append(Entry(id: id, bytes: set, age: changes))
        while entries.count > Self.countLimit || entries.reduce(0, { $0 + $1.bytes.count }) > Self.byteLimit,
            let oldest = entries.indices.min(by: { entries[$0].age < entries[$1].age })
        {
            entries.remove(at: oldest)
        }
        changed()
    }

    private mutating func changed() {
        let kinds: [NALUnitKind] = codec == .h264 ? [.sps, .pps] : [.vps, .sps, .pps]
        let isComplete = kinds.allSatisfy { kind in entries.contains { $0.id.kind == kind } }
        let fresh = isComplete ? kinds.flatMap { ordered($0) } : []
        guard fresh != sets else { return }
        sets = fresh
        generation += 1
        aggregate = makeAggregate()
    }

    private func ordered(_ kind: NALUnitKind) -> [[UInt8]] {
        func rank(_ id: ParameterSetID) -> Int { id.kind == .sps && id.number == activeSequence ? -1 : id.number }
        return entries.filter { $0.id.kind == kind }.sorted { rank($0.id) < rank($1.id) }.map(\.bytes)
    }

    private func makeAggregate() -> ByteBuffer? {
        guard !sets.isEmpty else { return nil }
        var buffer = ByteBuffer()
        switch codec {
        case .h264: buffer.writeInteger(UInt8(0x60 | 24))
        case .h265: buffer.writeMultipleIntegers(UInt8(48 << 1), UInt8(1))
        }
        for set in sets {
            buffer.writeInteger(UInt16(truncatingIfNeeded: set.count))
            buffer.writeBytes(set)
        }
        return buffer
    }

    private static func isSame(_ bytes: [UInt8], _ unit: RawSpan) -> Bool {
        guard bytes.count == unit.byteCount else { return false }
        for index in bytes.indices where bytes[index] != unit.uint8(at: index) { return false }
        return true
    }
}
