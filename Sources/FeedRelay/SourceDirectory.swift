import GatewayCore

/// Where a feed is pulled from.
package struct CameraSource: Sendable, Hashable {
    package let url: StreamURL
    package let credentials: StreamCredentials?
    /// Name of the device that the connection goes to: `host:port` of the camera, or of the recorder that carries it.
    package let hostKey: String
    /// Kilobits a second as the registry declares; `nil` if it does not.
    package var declaredKbps: Int?
    /// Whether the point's sound may be carried; never set up otherwise.
    package let carriesAudio: Bool

    package init(url: StreamURL, credentials: StreamCredentials?, hostKey: String? = nil, carriesAudio: Bool = false) {
        self.carriesAudio = carriesAudio
        self.url = url
        self.credentials = credentials
        self.hostKey = hostKey ?? "\(url.host):\(url.port)"
    }
}

/// Which camera source a feed has. Asked on event loops: answers from memory, at once.
package protocol SourceDirectory: Sendable {
    func source(of feed: FeedID) -> CameraSource?
}
