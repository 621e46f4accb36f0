import GatewayCore

/// The payload of one RTP packet of H.264 (RFC 6184, packetization modes 0 and 1) or H.265 (RFC 7798, without DONL).
package enum VideoPayload: Sendable, Equatable {
    /// The whole payload is one NAL unit.
    case single(NALUnitKind)
    /// STAP-A or AP: several NAL units, each behind a 16-bit length, from `offset` on. `kinds` is their union.
    case aggregate(kinds: NALUnitKind, offset: Int)
    /// FU-A or FU: a piece of one NAL unit whose bytes begin at `offset`.
    case fragment(NALUnitKind, starts: Bool, ends: Bool, offset: Int)

    /// `nil` for an empty or cut payload and for packet kinds that are not carried (MTAP, FU-B, PACI).
    package init?(_ payload: RawSpan, codec: VideoCodec) {
        switch codec {
        case .h264:
            guard payload.byteCount >= 1 else { return nil }
            self.init(h264: payload)
        case .h265:
            guard payload.byteCount >= 2 else { return nil }
            self.init(h265: payload)
        }
    }

    /// Every kind of NAL unit in the packet; for a fragment the kind of the unit it is a piece of.
    package var kinds: NALUnitKind {
        switch self {
        case .single(let kind), .aggregate(let kind, _), .fragment(let kind, _, _, _): kind
        }
    }

    private init?(h264 payload: RawSpan) {
        let type = payload.uint8(at: 0) & 0x1F
        switch type {
        case 1...23:
            self = .single(NALUnitKind(h264Type: type))
        case 24:
            guard let kinds = Self.union(payload, from: 1, codec: .h264) else { return nil }
            self = .aggregate(kinds: kinds, offset: 1)
        case 28:
            guard payload.byteCount >= 2 else { return nil }
            let header = payload.uint8(at: 1)
            self = .fragment(
                NALUnitKind(h264Type: header & 0x1F), starts: header & 0x80 != 0, ends: header & 0x40 != 0, offset: 2)
        default:
            return nil
        }
    }

    private init?(h265 payload: RawSpan) {
        let type = (payload.uint8(at: 0) >> 1) & 0x3F
        switch type {
        case 48:
            guard let kinds = Self.union(payload, from: 2, codec: .h265) else { return nil }
            self = .aggregate(kinds: kinds, offset: 2)
        case 49:
            guard payload.byteCount >= 3 else { return nil }
            let header = payload.uint8(at: 2)
            self = .fragment(
                NALUnitKind(h265Type: header & 0x3F), starts: header & 0x80 != 0, ends: header & 0x40 != 0, offset: 3)
        case 0...47:
            self = .single(NALUnitKind(h265Type: type))
        default:
            return nil
        }
    }

    /// `nil` if no whole unit is there; a cut last unit ends the walk.
    private static func union(_ payload: RawSpan, from start: Int, codec: VideoCodec) -> NALUnitKind? {
        var kinds: NALUnitKind?
        var offset = start
        while let unit = nextUnit(in: payload, at: &offset) {
            kinds = (kinds ?? []).union(NALUnitKind(codec, firstByte: payload.uint8(at: unit.lowerBound)))
        }
        return kinds
    }

    /// The next length-prefixed unit of an aggregate as a range of `payload`, at least one byte long.
    package static func nextUnit(in payload: RawSpan, at offset: inout Int) -> Range<Int>? {
        while offset + 2 < payload.byteCount {
            let length = Int(payload.uint16(at: offset))
            let start = offset + 2
            guard start + length <= payload.byteCount else { return nil }
            offset = start + length
            if length > 0 { return start..<start + length }
        }
        return nil
    }

    /// The NAL unit header that a starting fragment stands for: one byte for H.264, two for H.265.
    package static func header(ofFragment payload: RawSpan, codec: VideoCodec) -> (UInt8, UInt8?)? {
        switch codec {
        case .h264:
            guard payload.byteCount >= 2 else { return nil }
            return (payload.uint8(at: 0) & 0xE0 | payload.uint8(at: 1) & 0x1F, nil)
        case .h265:
            guard payload.byteCount >= 3 else { return nil }
            return (payload.uint8(at: 0) & 0x81 | (payload.uint8(at: 2) & 0x3F) << 1, payload.uint8(at: 1))
        }
    }
}
