import GatewayCore
import NIOCore

/// AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1), with 4-byte lengths.
///
/// FFmpeg makes it: given parameter sets with start codes, its mp4 muxer writes the record into the sample entry, chroma
/// format and bit depths from the SPS included.
struct DecoderConfiguration: Sendable, Hashable {
    let codec: VideoCodec
    let bytes: [UInt8]

    init(_ parameters: VideoParameters) throws(FFmpegError) {
        let incomplete = FFmpegError.invalidArgument(
            "the parameter sets are incomplete", operation: "describe \(parameters.codec.rawValue) track")
        guard parameters.hasEachParameterSet else { throw incomplete }
        let muxer = try MovieMuxer(
            codec: parameters.codec, width: parameters.width, height: parameters.height, extradata: parameters.annexB)
        let header = muxer.header
        let box =
            switch parameters.codec {
            case .h264: MovieBox.first("moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1", "avcC", in: header)
            case .h265: MovieBox.first("moov", "trak", "mdia", "minf", "stbl", "stsd", "hvc1", "hvcC", in: header)
            }
        guard let content = box?.content, content.count > (parameters.codec == .h264 ? 7 : 23),
            let bytes = header.getBytes(at: content.lowerBound, length: content.count), bytes[0] == 1
        else { throw incomplete }
        self.codec = parameters.codec
        self.bytes = bytes
    }

    /// The `codecs` parameter: RFC 6381, ISO/IEC 14496-15 annex E.
    var codecs: String {
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

extension VideoParameters {
    /// Whether an SPS and a PPS are there, and a VPS for H.265. FFmpeg would write a record without them.
    fileprivate var hasEachParameterSet: Bool {
        let types = Set(parameterSets.compactMap { $0.first.map { codec == .h264 ? $0 & 0x1F : ($0 >> 1) & 0x3F } })
        return types.isSuperset(of: codec == .h264 ? [7, 8] : [32, 33, 34])
    }

    /// The parameter sets with start codes, as decoders and muxers take them too.
    var annexB: [UInt8] { parameterSets.flatMap { [0, 0, 0, 1] + $0 } }
}
