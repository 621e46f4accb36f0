import GatewayCore
import RTSP

/// AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1), for samples
/// whose NAL units stand behind 4-byte lengths.
struct DecoderConfiguration: Sendable, Hashable {
    let codec: VideoCodec
    let bytes: [UInt8]

    /// `nil` unless each kind of parameter set is there and an SPS can be read.
    init?(codec: VideoCodec, parameterSets: [[UInt8]]) {
        self.codec = codec
        let sets = Dictionary(grouping: parameterSets.filter { 1...0xFFFF ~= $0.count }) { NALUnitKind(codec, firstByte: $0[0]) }
        guard let sps = sets[.sps], sps.count <= 31, let pps = sets[.pps], pps.count <= 255 else { return nil }
        switch codec {
        case .h264:
            guard let sequence = ParameterSets.h264(sps: sps[0]) else { return nil }
            bytes = Self.avcC(sequence, sps: sps, pps: pps)
        case .h265:
            guard let vps = sets[.vps], vps.count <= 255, let sequence = ParameterSets.h265(sps: sps[0]) else { return nil }
            bytes = Self.hvcC(sequence, sets: [(32, vps), (33, sps), (34, pps)])
        }
    }

    private static func avcC(_ sequence: SequenceParameters, sps: [[UInt8]], pps: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = [1, sequence.profile, sequence.constraints, sequence.level, 0xFC | 3]
        bytes.append(0xE0 | UInt8(truncatingIfNeeded: sps.count))
        for set in sps { append(set, to: &bytes) }
        bytes.append(UInt8(truncatingIfNeeded: pps.count))
        for set in pps { append(set, to: &bytes) }
        // Baseline, Main and Extended end here.
        guard ![66, 77, 88].contains(sequence.profile) else { return bytes }
        let format = sequence.format
        return bytes + [0xFC | format.chroma, 0xF8 | (format.lumaDepth - 8), 0xF8 | (format.chromaDepth - 8), 0]
    }

    private static func hvcC(_ sequence: SequenceParameters, sets: [(type: UInt8, units: [[UInt8]])]) -> [UInt8] {
        let format = sequence.format
        var bytes: [UInt8] = [1] + sequence.profileTierLevel
        // No known segmentation, parallelism or average frame rate.
        bytes += [0xF0, 0, 0xFC, 0xFC | format.chroma, 0xF8 | (format.lumaDepth - 8), 0xF8 | (format.chromaDepth - 8), 0, 0]
        let layers = UInt8(truncatingIfNeeded: sequence.temporalLayers)
        bytes += [layers << 3 | (sequence.isTemporalIDNested ? 4 : 0) | 3, UInt8(truncatingIfNeeded: sets.count)]
        for (type, units) in sets {
            // All of the kind stand here and none in the samples.
            bytes.append(0x80 | type)
            bytes += [0, UInt8(truncatingIfNeeded: units.count)]
            for unit in units { append(unit, to: &bytes) }
        }
        return bytes
    }

    private static func append(_ unit: [UInt8], to bytes: inout [UInt8]) {
        bytes += [UInt8(truncatingIfNeeded: unit.count >> 8), UInt8(truncatingIfNeeded: unit.count)]
        bytes += unit
    }

    /// What `MediaSource.isTypeSupported` takes: `video/mp4; codecs="avc1.640028"`.
    var mimeType: String { mimeType(with: nil) }

    func mimeType(with sound: SoundFormat?) -> String {
        "video/mp4; codecs=\"\(codecs)\(sound.map { ",\($0.codecs)" } ?? "")\""
    }

    /// The `codecs` parameter: RFC 6381, ISO/IEC 14496-15 annex E.
    private var codecs: String {
        switch codec {
        case .h264: return "avc1." + bytes[1...3].map { Self.hex($0, digits: 2) }.joined()
        case .h265:
            let space = ["", "A", "B", "C"][Int(bytes[1] >> 6)]
            let tier = bytes[1] & 0x20 == 0 ? "L" : "H"
            let compatibility = bytes[2...5].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            var reversed: UInt32 = 0
            for bit in 0..<32 where compatibility & (1 << UInt32(bit)) != 0 { reversed |= 1 << UInt32(31 - bit) }
            var constraints = Array(bytes[6...11])
            while constraints.last == 0 { constraints.removeLast() }
            let parts =
                ["hvc1", "\(space)\(bytes[1] & 0x1F)", Self.hex(reversed), "\(tier)\(bytes[12])"] + constraints.map { Self.hex($0) }
            return parts.joined(separator: ".")
        }
    }

    private static func hex(_ value: some BinaryInteger, digits: Int = 1) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
