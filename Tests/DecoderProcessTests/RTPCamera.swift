import FFmpegMedia
import Foundation
import GatewayCore
import NIOCore

/// A clip as the gateway hands a feed to a probe: interleaved-framed RTP, an access unit at a time.
struct RTPCamera {
    private let clip: AnnexBClip
    private static let limit = 1_200

    init(_ clip: AnnexBClip) { self.clip = clip }

    var sdp: String {
        let encoded = clip.parameterSets.map { Data($0).base64EncodedString() }
        let (name, parameters) =
            switch clip.codec {
            case .h264: ("H264", "packetization-mode=1;sprop-parameter-sets=" + encoded.joined(separator: ","))
            case .h265:
                ("H265", zip(["sprop-vps", "sprop-sps", "sprop-pps"], encoded).map { "\($0)=\($1)" }.joined(separator: ";"))
            }
        return "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
            + "a=rtpmap:96 \(name)/90000\r\na=fmtp:96 \(parameters)\r\n"
    }

    /// With arrival times as if it came in real time from now on.
    func units() -> [(frames: ByteBuffer, arrival: UInt64)] {
        var sequence: UInt16 = 65_500
        let start = DispatchTime.now().uptimeNanoseconds
        return clip.accessUnits.enumerated().map { index, unit in
            var frames = ByteBuffer()
            let payloads = unit.nalUnits.flatMap(fragments)
            for (number, payload) in payloads.enumerated() {
                frames.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(0), UInt16(12 + payload.count), UInt8(0x80))
                frames.writeInteger(UInt8(96 | (number == payloads.count - 1 ? 0x80 : 0)))
                frames.writeMultipleIntegers(sequence, UInt32(index * 90_000 / clip.framesPerSecond), UInt32(1))
                frames.writeBytes(payload)
                sequence &+= 1
            }
            return (frames, start + UInt64(index) * 1_000_000_000 / UInt64(clip.framesPerSecond))
        }
    }

    private func fragments(_ unit: [UInt8]) -> [[UInt8]] {
        guard unit.count > Self.limit else { return [unit] }
        let body = unit.dropFirst(clip.codec == .h264 ? 1 : 2)
        return stride(from: body.startIndex, to: body.endIndex, by: Self.limit).map { start in
            let end = min(start + Self.limit, body.endIndex)
            let edges: UInt8 = (start == body.startIndex ? 0x80 : 0) | (end == body.endIndex ? 0x40 : 0)
            return switch clip.codec {
            case .h264: [unit[0] & 0x60 | 28, edges | unit[0] & 0x1F] + body[start..<end]
            case .h265: [unit[0] & 0x81 | 49 << 1, unit[1], edges | (unit[0] >> 1) & 0x3F] + body[start..<end]
            }
        }
    }
}
