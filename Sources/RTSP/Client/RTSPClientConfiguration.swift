import GatewayCore

/// What a client connects to, and how long it waits.
package struct RTSPClientConfiguration: Sendable {
    package var url: StreamURL
    package var credentials: StreamCredentials?
    package var transport: TransportChoice
    /// What worked last for this camera; tried first where the choice is automatic.
    package var lastTransport: PacketTransport?
    /// The only certificate that an `rtsps://` camera may show; without one it must be trusted by an authority of the system.
    package var pin: CertificatePin?
    /// Until TCP stands, and what lies between it and RTSP: TLS, an HTTP tunnel.
    package var connectTimeout: Duration
    /// Until the whole response to one request is there, counted from the request.
    package var responseTimeout: Duration
    /// From the response to PLAY until the first RTP packet.
    package var firstPacketTimeout: Duration
    /// Between two RTP packets of the video track that carry something: TCP alone does not tell a camera without power.
    package var silenceTimeout: Duration
    /// From the first dial until the first RTP packet, whatever the camera answers in between. Shorter than the ten seconds
    /// for which viewers and probes wait: they are told the reason.
    package var startTimeout: Duration
    package var userAgent: String
    package var limits: RTSPLimits
    /// Whether the sound is set up beside the video, where the camera has any.
    package var wantsAudio = false

    package init(
        url: StreamURL, credentials: StreamCredentials? = nil, transport: TransportChoice = .automatic,
        lastTransport: PacketTransport? = nil, pin: CertificatePin? = nil, connectTimeout: Duration = .seconds(5),
        responseTimeout: Duration = .seconds(5), firstPacketTimeout: Duration = .seconds(5),
        silenceTimeout: Duration = .seconds(10), startTimeout: Duration = .milliseconds(9_500), userAgent: String = "Lookout",
        limits: RTSPLimits = .camera
    ) {
        self.url = url
        self.credentials = credentials
        self.transport = transport
        self.lastTransport = lastTransport
        self.pin = pin
        self.connectTimeout = connectTimeout
        self.responseTimeout = responseTimeout
        self.firstPacketTimeout = firstPacketTimeout
        self.silenceTimeout = silenceTimeout
        self.startTimeout = startTimeout
        self.userAgent = userAgent
        self.limits = limits
    }
}
