import GatewayCore

/// What a camera plays after SETUP.
package struct RTSPClientPresentation: Hashable, Sendable {
    /// Where the camera was found in the end, after redirects.
    package let url: StreamURL
    package let track: VideoTrack
    package let transport: TrackTransport
    /// What is tried first next time.
    package let packetTransport: PacketTransport
    package let description: SessionDescription

    package init(
        url: StreamURL, track: VideoTrack, transport: TrackTransport, packetTransport: PacketTransport,
        description: SessionDescription
    ) {
        self.url = url
        self.track = track
        self.transport = transport
        self.packetTransport = packetTransport
        self.description = description
    }

    /// Channels of the connection that the track takes; empty over UDP.
    var channels: [UInt8] {
        guard case .interleaved(let rtp, let rtcp) = transport else { return [] }
        return [rtp, rtcp ?? rtp]
    }
}
