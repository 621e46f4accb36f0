/// The way that packets travel to the gateway.
package enum PacketTransport: String, Sendable, Hashable {
    /// Interleaved on the RTSP connection (RFC 2326 section 10.12).
    case tcp
    case udp
    /// Interleaved within HTTP.
    case http

    var name: String { rawValue.uppercased() }
}

/// Two ports of one host: packets on the even one, RTCP on the next (RFC 3550 section 11).
package struct PortPair: Hashable, Sendable {
    package let rtp: UInt16
    package let rtcp: UInt16

    package init(rtp: UInt16, rtcp: UInt16) {
        self.rtp = rtp
        self.rtcp = rtcp
    }

    /// `6970-6971` as in a Transport header; `6970` alone means the pair that begins there. `nil` for nonsense and for port 0.
    init?(_ text: String) {
        let bounds = text.split(separator: "-", maxSplits: 1).map { UInt16($0.trimmed()) }
        guard let first = bounds.first, let rtp = first, rtp > 0, rtp < .max else { return nil }
        let second = bounds.count == 2 ? bounds[1] : nil
        self.init(rtp: rtp, rtcp: second.flatMap { $0 > 0 ? $0 : nil } ?? rtp + 1)
    }
}

/// How one track of a session travels, as the camera answered, whatever was asked for.
package enum TrackTransport: Hashable, Sendable {
    /// `rtcp` is `nil` where the camera names one channel for both.
    case interleaved(rtp: UInt8, rtcp: UInt8?)
    /// `server` is `nil` where the camera does not say from where it sends.
    case datagrams(client: PortPair, server: PortPair?)
}
