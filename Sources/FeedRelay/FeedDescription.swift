import Foundation
import GatewayCore
import RTSP

/// What a feed's viewers are told of it: the SDP of its video, and of its sound where it carries any.
package struct FeedDescription: Sendable, Equatable {
    package let codec: VideoCodec
    package let parameterSets: [[UInt8]]
    package let parameters: VideoParameters?
    /// RFC 8866 with the format parameters of RFC 6184 section 8.1 or RFC 7798 section 7.1; written once for all viewers.
    package let sdp: String
    /// As ``sdp``, and the sound as `track2`.
    let sdpWithSound: String
    let audio: Sound?

    struct Sound: Sendable, Equatable {
        let track: AudioTrack
        let era: Int
        /// Movies carry it as AAC that is made of it.
        var isEncoded = false

        /// For movies; `nil` for what is neither AAC nor made into it.
        var format: SoundFormat? {
            if case .aac(let configuration, _) = track.codec {
                return SoundFormat(configuration: configuration, clockRate: track.clockRate)
            }
            guard isEncoded, let made = AudioSpecificConfig.lowComplexity(sampleRate: track.clockRate, channels: track.channels)
            else { return nil }
            return SoundFormat(configuration: made, clockRate: track.clockRate)
        }
    }

    init(codec: VideoCodec, parameterSets: [[UInt8]], audio: Sound? = nil) {
        self.audio = audio
        self.codec = codec
        self.parameterSets = parameterSets
        let parameters = Self.videoParameters(codec: codec, sets: parameterSets)
        self.parameters = parameters
        let sdp = Self.sdp(codec: codec, parameterSets: parameterSets, parameters: parameters)
        self.sdp = sdp
        sdpWithSound =
            audio.map { sdp + $0.track.mediaDescription(control: "track2").lines.joined(separator: "\r\n") + "\r\n" } ?? sdp
    }

    /// `video/mp4; codecs="avc1.…"` (RFC 6381); `nil` while parameter sets are missing.
    package var mimeType: String? {
        DecoderConfiguration(codec: codec, parameterSets: parameterSets)?.mimeType(with: audio?.format)
    }

    private static func sdp(codec: VideoCodec, parameterSets: [[UInt8]], parameters: VideoParameters?) -> String {
        let payloadType = AccessUnitAssembler.payloadType
        var lines = [
            "v=0", "o=- 0 0 IN IP4 0.0.0.0", "s=Lookout", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*", "a=range:npt=now-",
            "m=video 0 RTP/AVP \(payloadType)",
        ]
        let encoded = parameterSets.map { Data($0).base64EncodedString() }
        switch codec {
        case .h264:
            lines.append("a=rtpmap:\(payloadType) H264/90000")
            var format = "a=fmtp:\(payloadType) packetization-mode=1"
            if let sps = parameterSets.first, sps.count >= 4 {
                format += ";profile-level-id=" + sps[1...3].map { String(format: "%02X", $0) }.joined()
            }
            if !encoded.isEmpty { format += ";sprop-parameter-sets=" + encoded.joined(separator: ",") }
            lines.append(format)
        case .h265:
            lines.append("a=rtpmap:\(payloadType) H265/90000")
            let named = [("sprop-vps", NALUnitKind.vps), ("sprop-sps", .sps), ("sprop-pps", .pps)].map { name, kind in
                let units = zip(parameterSets, encoded).filter { NALUnitKind(codec, firstByte: $0.0.first ?? 0) == kind }
                return "\(name)=\(units.map(\.1).joined(separator: ","))"
            }
            if !encoded.isEmpty { lines.append("a=fmtp:\(payloadType) " + named.joined(separator: ";")) }
        }
        if let parameters { lines.append("a=framesize:\(payloadType) \(parameters.width)-\(parameters.height)") }
        lines.append("a=control:track1")
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private static func videoParameters(codec: VideoCodec, sets: [[UInt8]]) -> VideoParameters? {
        let sps = sets.first { set in set.first.map { NALUnitKind(codec, firstByte: $0) == .sps } ?? false }
        guard let sps, let sequence = codec == .h264 ? ParameterSets.h264(sps: sps) : ParameterSets.h265(sps: sps) else {
            return nil
        }
        return VideoParameters(codec: codec, parameterSets: sets, width: sequence.width, height: sequence.height)
    }
}
