import GatewayCore

/// What a camera plays after SETUP.
package struct RTSPClientPresentation: Hashable, Sendable {
    /// Where the camera was found in the end, after redirects.
    package let url: StreamURL
    package let track: VideoTrack
    /// As the camera answered, whatever was asked for.
    package let rtpChannel: UInt8
    package let rtcpChannel: UInt8?
    package let description: SessionDescription

    package init(
        url: StreamURL, track: VideoTrack, rtpChannel: UInt8, rtcpChannel: UInt8?, description: SessionDescription
    ) {
        self.url = url
        self.track = track
        self.rtpChannel = rtpChannel
        self.rtcpChannel = rtcpChannel
        self.description = description
    }
}
