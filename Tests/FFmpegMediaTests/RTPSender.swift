import Foundation
import GatewayCore

@testable import FFmpegMedia

/// Sends a clip as a camera would: RTP (RFC 6184, RFC 7798) into an inlet, at a multiple of real time or all at once.
struct RTPSender {
    var clip: AnnexBClip
    var payloadType: UInt8 = 96
    /// Largest payload; longer NAL units are fragmented.
    var limit = 1200

    /// The session description with the clip's parameter sets, or without for a camera that sends them in band only.
    func sdp(withParameterSets: Bool = true) -> String {
        let encoded = clip.parameterSets.map { Data($0).base64EncodedString() }
        let (name, parameters) =
            switch clip.codec {
            case .h264: ("H264", "packetization-mode=1;sprop-parameter-sets=" + encoded.joined(separator: ","))
            case .h265:
                (
                    "H265",
                    zip(["sprop-vps", "sprop-sps", "sprop-pps"], encoded).map { "\($0)=\($1)" }.joined(separator: ";")
                )
            }
        var lines = [
            "v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=test", "c=IN IP4 127.0.0.1", "t=0 0", "m=video 0 RTP/AVP \(payloadType)",
            "a=rtpmap:\(payloadType) \(name)/90000",
        ]
        if withParameterSets { lines.append("a=fmtp:\(payloadType) \(parameters)") }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    /// The packets of each access unit.
    func packets() -> [[[UInt8]]] {
        var sequence: UInt16 = 65_500
        return clip.accessUnits.enumerated().map { index, unit in
            let timestamp = UInt32(truncatingIfNeeded: 4_294_960_000 + index * 90_000 / clip.framesPerSecond)
            var payloads = unit.nalUnits.flatMap(fragments)
            let last = payloads.indices.last
            for index in payloads.indices {
                sequence &+= 1
                var header: [UInt8] = [0x80, payloadType | (index == last ? 0x80 : 0)]
                header += [UInt8(truncatingIfNeeded: sequence >> 8), UInt8(truncatingIfNeeded: sequence)]
                header += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: timestamp >> $0) }
                payloads[index] = header + [1, 2, 3, 4] + payloads[index]
            }
            return payloads
        }
    }

    private func fragments(_ unit: [UInt8]) -> [[UInt8]] {
        guard unit.count > limit else { return [unit] }
        let headerBytes = clip.codec == .h264 ? 1 : 2
        let body = unit.dropFirst(headerBytes)
        return stride(from: body.startIndex, to: body.endIndex, by: limit).map { start in
            let end = min(start + limit, body.endIndex)
            let edges: UInt8 = (start == body.startIndex ? 0x80 : 0) | (end == body.endIndex ? 0x40 : 0)
            let header: [UInt8] =
                switch clip.codec {
                case .h264: [unit[0] & 0x60 | 28, edges | unit[0] & 0x1F]
                case .h265: [unit[0] & 0x81 | 49 << 1, unit[1], edges | (unit[0] >> 1) & 0x3F]
                }
            return header + body[start..<end]
        }
    }

    /// Pushes everything at once, with arrival times as if it had come in real time from now on.
    func pushAll(into inlet: PacketInlet, closing: Bool) {
        let start = MonotonicTime.now
        for (index, packets) in packets().enumerated() {
            let arrival = start.advanced(by: .milliseconds(index * 1000 / clip.framesPerSecond)).nanoseconds
            for packet in packets { inlet.push(PacketInlet.Packet(bytes: packet, arrivalNanoseconds: arrival)) }
        }
        if closing { inlet.close() }
    }
}
