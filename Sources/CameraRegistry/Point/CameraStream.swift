import GatewayCore

/// One encoded video of a camera point (码流), as the inventory declares it. A probe tells what it really is.
package struct CameraStream: Hashable, Sendable {
    package var role: StreamRole
    package var url: StreamURL
    /// How the camera is asked to send. Anything but `automatic` is of RTSP alone.
    package var transport: TransportChoice
    /// By what the camera's certificate is known; of `rtsps://` alone. `nil`: an authority has to vouch for it.
    package var pin: CertificatePin?
    /// As declared; `nil` if the file did not say.
    package var codec: VideoCodec?
    /// Pixels, 1…16,384.
    package var width: Int?
    package var height: Int?
    /// Frames per second, above 0, at most 240.
    package var frameRate: Double?
    /// Kilobits per second.
    package var bitRateKbps: Int?
    /// User name and password under the vault's key; the plain text is never part of a point.
    package var credentials: SealedCredentials?

    package init(
        role: StreamRole, url: StreamURL, transport: TransportChoice = .automatic, pin: CertificatePin? = nil,
        codec: VideoCodec? = nil, width: Int? = nil, height: Int? = nil, frameRate: Double? = nil, bitRateKbps: Int? = nil,
        credentials: SealedCredentials? = nil
    ) {
        self.role = role
        self.url = url
        self.transport = transport
        self.pin = pin
        self.codec = codec
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.bitRateKbps = bitRateKbps
        self.credentials = credentials
    }
}
