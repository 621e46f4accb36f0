import Foundation
import GatewayCore

/// A track that the gateway carries: H.264 (RFC 6184) or H.265 (RFC 7798) at 90 kHz.
package struct VideoTrack: Hashable, Sendable {
    package let codec: VideoCodec
    package let payloadType: UInt8
    /// Always 90,000.
    package let clockRate: Int
    /// `a=control:` as written; resolve it with ``ControlURL``.
    package let control: String?
    /// What `sprop-…` gives: whole NAL units without start codes, in decoding order. Empty where the camera sends its
    /// parameter sets in the stream only. Malformed ones are left out.
    package let parameterSets: [[UInt8]]

    package init(codec: VideoCodec, payloadType: UInt8, control: String?, parameterSets: [[UInt8]]) {
        self.codec = codec
        self.payloadType = payloadType
        self.clockRate = 90_000
        self.control = control
        self.parameterSets = parameterSets
    }
}

extension MediaDescription {
    /// The first payload type of this section that is H.264 or H.265; `nil` for everything else.
    package var videoTrack: VideoTrack? {
        guard kind == .video, !profile.hasPrefix("RTP/SAVP") else { return nil }
        for type in payloadTypes + mappedTypes {
            let parameters = formatParameters(of: type)
            guard let codec = codec(of: type, parameters) else { continue }
            return VideoTrack(
                codec: codec, payloadType: type, control: control, parameterSets: Self.parameterSets(codec, parameters))
        }
        return nil
    }

    /// Types that have an encoding and are missing on the `m=` line: some cameras count them differently there.
    private var mappedTypes: [UInt8] {
        let types = attributes.lazy.filter { $0.name == "rtpmap" }
            .compactMap { UInt8(($0.value ?? "").prefix { $0.isASCII && $0.isNumber }) }
        return types.prefix(64).filter { $0 < 128 && !payloadTypes.contains($0) }
    }

    private func codec(of type: UInt8, _ parameters: [String: String]) -> VideoCodec? {
        guard let encoding = encoding(of: type) else {
            // A camera that forgets its rtpmap still betrays itself by the names of its parameters.
            if parameters["sprop-parameter-sets"] != nil { return .h264 }
            return parameters["sprop-vps"] != nil && parameters["sprop-sps"] != nil ? .h265 : nil
        }
        guard encoding.clockRate ?? 90_000 == 90_000 else { return nil }
        switch encoding.name {
        case "H264": return .h264
        case "H265", "HEVC": return .h265
        default: return nil
        }
    }

    private static func parameterSets(_ codec: VideoCodec, _ parameters: [String: String]) -> [[UInt8]] {
        let names = codec == .h264 ? ["sprop-parameter-sets"] : ["sprop-vps", "sprop-sps", "sprop-pps"]
        let units = names.flatMap { (parameters[$0] ?? "").split(separator: ",").prefix(16) }
            .flatMap { Self.units(String($0)) }
            .filter { isParameterSet($0, codec) }
        return units.sorted { order($0, codec) < order($1, codec) }
    }

    /// Base 64 with or without its padding, of one NAL unit, or of several behind start codes.
    private static func units(_ text: String) -> [[UInt8]] {
        let digits = text.trimmed().filter { $0 != "=" }
        guard digits.utf8.count <= 8_192 else { return [] }
        let padded = digits + String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded) else { return [] }
        let bytes = Array(data)
        return StartCode.units(in: bytes.span.bytes).map { Array(bytes[$0]) }
    }

    private static func isParameterSet(_ unit: [UInt8], _ codec: VideoCodec) -> Bool {
        guard let first = unit.first, first & 0x80 == 0, unit.count > 3 || codec == .h264 && unit.count > 1 else { return false }
        switch codec {
        case .h264:
            switch first & 0x1F {
            case 7: return ParameterSets.h264(sps: unit) != nil
            case 8, 13: return true
            default: return false
            }
        case .h265:
            switch first >> 1 & 0x3F {
            case 33: return ParameterSets.h265(sps: unit) != nil
            case 32, 34: return true
            default: return false
            }
        }
    }

    /// VPS, SPS, SPS extension, PPS.
    private static func order(_ unit: [UInt8], _ codec: VideoCodec) -> Int {
        let type = codec == .h264 ? Int(unit[0] & 0x1F) : Int(unit[0] >> 1 & 0x3F)
        return type == 8 ? 14 : type
    }
}
