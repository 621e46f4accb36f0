import GatewayCore

/// Makes interleaved-framed RTP packets of access units: H.264 by RFC 6184 (single NAL units and FU-A), H.265 by RFC 7798
/// (single NAL units and FU), one payload type, one SSRC, a running sequence.
struct RTPPacketizer {
    /// Most bytes of one payload; an Ethernet frame carries it through a tunnel, too.
    static let payloadBytes = 1_400
    static let payloadType: UInt8 = 96

    let codec: VideoCodec
    private let ssrc: UInt32
    private var sequence: UInt16

    init(codec: VideoCodec, ssrc: UInt32 = .random(in: 1...UInt32.max), sequence: UInt16 = .random(in: 0...UInt16.max)) {
        self.codec = codec
        self.ssrc = ssrc
        self.sequence = sequence
    }

    private var headerBytes: Int { codec == .h264 ? 1 : 2 }

    /// Appends the packets of one access unit; the last one has the marker, unless more of the unit follows.
    ///
    /// - Parameters:
    ///   - units: NAL units in `data`, without start codes; those too short for their header are left out.
    ///   - timestamp: presentation time at 90 kHz.
    mutating func append(
        _ units: [Range<Int>], of data: [UInt8], timestamp: UInt32, marker: Bool = true, to output: inout [UInt8]
    ) {
        let whole = units.filter { $0.count > headerBytes && $0.lowerBound >= 0 && $0.upperBound <= data.count }
        for (index, unit) in whole.enumerated() {
            let isLast = marker && index == whole.count - 1
            if unit.count <= Self.payloadBytes {
                header(payloadLength: unit.count, timestamp: timestamp, marker: isLast, to: &output)
                output += data[unit]
            } else {
                fragments(of: data[unit], timestamp: timestamp, isLast: isLast, to: &output)
            }
        }
    }

    private mutating func fragments(of unit: ArraySlice<UInt8>, timestamp: UInt32, isLast: Bool, to output: inout [UInt8]) {
        let first = unit[unit.startIndex]
        let prefix: [UInt8]
        let type: UInt8
        switch codec {
        case .h264:
            prefix = [first & 0xE0 | 28]
            type = first & 0x1F
        case .h265:
            prefix = [first & 0x81 | 49 << 1, unit[unit.startIndex + 1]]
            type = first >> 1 & 0x3F
        }
        let step = Self.payloadBytes - prefix.count - 1
        var start = unit.startIndex + headerBytes
        while start < unit.endIndex {
            let end = min(start + step, unit.endIndex)
            let isEnd = end == unit.endIndex
            header(
                payloadLength: prefix.count + 1 + end - start, timestamp: timestamp, marker: isLast && isEnd, to: &output)
            output += prefix
            output.append((start == unit.startIndex + headerBytes ? 0x80 : 0) | (isEnd ? 0x40 : 0) | type)
            output += unit[start..<end]
            start = end
        }
    }

    private mutating func header(payloadLength: Int, timestamp: UInt32, marker: Bool, to output: inout [UInt8]) {
        let length = 12 + payloadLength
        output += [
            UInt8(ascii: "$"), 0, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
            0x80, (marker ? 0x80 : 0) | Self.payloadType, UInt8(sequence >> 8), UInt8(truncatingIfNeeded: sequence),
        ]
        for value in [timestamp, ssrc] {
            output += [
                UInt8(value >> 24), UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8),
                UInt8(truncatingIfNeeded: value),
            ]
        }
        sequence &+= 1
    }
}
