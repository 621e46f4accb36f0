import Foundation
import GatewayCore

extension PacketizedClip {
    /// The SDP body (RFC 4566) of a camera that plays this clip.
    ///
    /// - Parameter withParameterSets: cameras are found that send them only in the stream.
    func sessionDescription(withParameterSets: Bool) -> String {
        var format: [String] = []
        let sets = withParameterSets ? parameterSets : []
        switch codec {
        case .h264:
            format.append("packetization-mode=1")
            if let sequence = sets.first(where: { $0.first.map { $0 & 0x1F == 7 } ?? false }), sequence.count > 3 {
                let profile = sequence[1...3].map { String(format: "%02X", $0) }.joined()
                format.append("profile-level-id=\(profile)")
            }
            if !sets.isEmpty { format.append("sprop-parameter-sets=" + Self.base64(sets)) }
        case .h265:
            for (name, type) in [("vps", UInt8(32)), ("sps", 33), ("pps", 34)] {
                let ofType = sets.filter { $0.first.map { $0 >> 1 & 0x3F == type } ?? false }
                if !ofType.isEmpty { format.append("sprop-\(name)=" + Self.base64(ofType)) }
            }
        }
        var lines = [
            "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=Simulated camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*", "a=range:npt=now-",
            "m=video 0 RTP/AVP 96", "a=rtpmap:96 \(codec == .h264 ? "H264" : "H265")/90000",
        ]
        if !format.isEmpty { lines.append("a=fmtp:96 " + format.joined(separator: ";")) }
        lines += ["a=framerate:\(framesPerSecond)", "a=control:track1"]
        return lines.map { $0 + "\r\n" }.joined()
    }

    private static func base64(_ sets: [[UInt8]]) -> String { sets.map { Data($0).base64EncodedString() }.joined(separator: ",") }
}
