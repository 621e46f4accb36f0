import GatewayCore

/// Where a feed is pulled from.
package struct CameraSource: Sendable, Hashable {
    package let url: StreamURL
    package let credentials: StreamCredentials?
    package let transport: TransportChoice
    /// Of an `rtsps://` camera whose certificate no authority vouches for.
    package let pin: CertificatePin?
    /// Name of the device that the connection goes to: `host:port` of the camera, or of the recorder that carries it.
    package let hostKey: String
    /// Kilobits a second as the registry declares; `nil` if it does not.
    package var declaredKbps: Int?
    /// Whether the point's sound may be carried; never set up otherwise.
    package let carriesAudio: Bool

    package init(
        url: StreamURL, credentials: StreamCredentials?, transport: TransportChoice = .automatic, pin: CertificatePin? = nil,
        hostKey: String? = nil, carriesAudio: Bool = false
    ) {
        self.carriesAudio = carriesAudio
        self.url = url
        self.credentials = credentials
        self.transport = transport
        self.pin = pin
        self.hostKey = hostKey ?? "\(url.host):\(url.port)"
    }
}

/// Which camera source a feed has. Asked on event loops: answers from memory, at once.
package protocol SourceDirectory: Sendable {
    func source(of feed: FeedID) -> CameraSource?
}
