import GatewayCore
import NIOCore
import RTSP

/// The parameter sets in force on a feed, kept up to date from the stream itself.
struct ParameterSetStore {
    let codec: VideoCodec
    private var vps: [UInt8]?
    private var sps: [UInt8]?
    private var pps: [UInt8]?
    /// Rises whenever a set changes its bytes.
    private(set) var generation = 0
    /// All sets in one STAP-A or AP payload, to be put before a key picture; `nil` until SPS and PPS are known.
    private(set) var aggregate: ByteBuffer?

    init(codec: VideoCodec) { self.codec = codec }

    /// In decoding order; empty until all that the codec needs are known.
    var sets: [[UInt8]] {
        guard let sps, let pps else { return [] }
        switch codec {
        case .h264: return [sps, pps]
        case .h265: return vps.map { [$0, sps, pps] } ?? []
        }
    }

    mutating func replace(with sets: [[UInt8]]) {
        for set in sets { take(set) }
    }

    /// Looks for parameter sets in a packet's payload. Costs a comparison of bytes only where there are some.
    mutating func note(_ payload: RawSpan, _ kind: VideoPayload) {
        guard !kind.kinds.isDisjoint(with: .parameterSet) else { return }
        switch kind {
        case .single:
            take(Self.bytes(payload))
        case .aggregate(_, var offset):
            while let range = VideoPayload.nextUnit(in: payload, at: &offset) {
                let unit = payload.extracting(range)
                if !NALUnitKind(codec, firstByte: unit.uint8(at: 0)).isDisjoint(with: .parameterSet) { take(Self.bytes(unit)) }
            }
        case .fragment:
            // A parameter set larger than a packet: seen from no camera, and useless to a relay.
            break
        }
    }

    private mutating func take(_ set: [UInt8]) {
        guard let first = set.first, set.count <= 4_096 else { return }
        let kind = NALUnitKind(codec, firstByte: first)
        if kind == .sps, sps != set {
            sps = set
        } else if kind == .pps, pps != set {
            pps = set
        } else if kind == .vps, vps != set {
            vps = set
        } else {
            return
        }
        generation += 1
        aggregate = makeAggregate()
    }

    private func makeAggregate() -> ByteBuffer? {
        let sets = sets
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

    private static func bytes(_ span: RawSpan) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(span.byteCount)
        for offset in 0..<span.byteCount { bytes.append(span.uint8(at: offset)) }
        return bytes
    }
}
