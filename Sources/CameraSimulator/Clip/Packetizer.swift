import GatewayCore

/// Cuts NAL units into RTP payloads as cameras do: small ones together, large ones in fragments, the rest as they are.
///
/// H.264 by RFC 6184 (STAP-A, FU-A), H.265 by RFC 7798 (AP, FU). Pure.
struct Packetizer {
    let codec: VideoCodec
    /// Most bytes of one payload; an Ethernet frame carries 1,400 with room for tunnels.
    let payloadBytes: Int

    init(codec: VideoCodec, payloadBytes: Int = 1_400) {
        self.codec = codec
        self.payloadBytes = max(payloadBytes, 64)
    }

    /// The payloads of one access unit, in order.
    ///
    /// - Parameter units: NAL units without start codes; those too short for their header are left out.
    func payloads(of units: [[UInt8]]) -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        var together: [[UInt8]] = []
        var togetherBytes = headerBytes
        func flush() {
            if together.count > 1 {
                payloads.append(aggregate(together))
            } else if let only = together.first {
                payloads.append(only)
            }
            together = []
            togetherBytes = headerBytes
        }
        for unit in units where unit.count > headerBytes {
            if unit.count > payloadBytes {
                flush()
                payloads += fragments(of: unit)
            } else {
                if togetherBytes + 2 + unit.count > payloadBytes { flush() }
                together.append(unit)
                togetherBytes += 2 + unit.count
            }
        }
        flush()
        return payloads
    }

    private var headerBytes: Int { codec == .h264 ? 1 : 2 }

    /// STAP-A (RFC 6184 5.7.1) or AP (RFC 7798 4.4.2): the header takes the highest importance of its units.
    private func aggregate(_ units: [[UInt8]]) -> [UInt8] {
        var payload: [UInt8]
        switch codec {
        case .h264:
            let forbidden = units.reduce(UInt8(0)) { $0 | ($1[0] & 0x80) }
            let reference = units.map { $0[0] & 0x60 }.max() ?? 0
            payload = [forbidden | reference | 24]
        case .h265:
            // Layer and temporal identity: the lowest of the units.
            let layer = units.map { UInt16($0[0] & 0x01) << 5 | UInt16($0[1] >> 3) }.min() ?? 0
            let temporal = units.map { $0[1] & 0x07 }.min() ?? 1
            payload = [48 << 1 | UInt8(layer >> 5 & 0x01), UInt8(layer & 0x1F) << 3 | temporal]
        }
        for unit in units {
            payload.append(UInt8(truncatingIfNeeded: unit.count >> 8))
            payload.append(UInt8(truncatingIfNeeded: unit.count))
            payload += unit
        }
        return payload
    }

    /// FU-A (RFC 6184 5.8) or FU (RFC 7798 4.4.3).
    private func fragments(of unit: [UInt8]) -> [[UInt8]] {
        let prefix: [UInt8]
        let type: UInt8
        switch codec {
        case .h264:
            prefix = [unit[0] & 0xE0 | 28]
            type = unit[0] & 0x1F
        case .h265:
            prefix = [unit[0] & 0x81 | 49 << 1, unit[1]]
            type = unit[0] >> 1 & 0x3F
        }
        let body = unit.dropFirst(headerBytes)
        let step = payloadBytes - prefix.count - 1
        return stride(from: body.startIndex, to: body.endIndex, by: step).map { start in
            let end = min(start + step, body.endIndex)
            let flags: UInt8 = (start == body.startIndex ? 0x80 : 0) | (end == body.endIndex ? 0x40 : 0)
            return prefix + [flags | type] + body[start..<end]
        }
    }
}
