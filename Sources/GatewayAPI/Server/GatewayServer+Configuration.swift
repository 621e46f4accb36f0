extension GatewayServer {
    package struct Configuration: Sendable {
        /// An address of this machine.
        package var host = "127.0.0.1"
        /// 0 takes any free port.
        package var port = 8_080
        /// Where a Unix socket is opened for the command line, mode 0600; `nil`: none.
        package var controlSocketPath: String?
        /// The console's files instead of those that were built in.
        package var consoleDirectory: String?
        package var leafletDirectory = "/usr/share/javascript/leaflet"
        /// `https://…/{z}/{x}/{y}.png`, told to the console; empty: plain ground.
        package var tileURL = ""
        /// Host that tickets put into their URLs; empty: the host by which the request called.
        package var advertisedHost = ""
        package var rtspPort = 8_554
        /// Of RTSP by TLS; `nil`: not offered.
        package var rtspsPort: Int?
        /// Cookies are `Secure` and URLs `https`, for instances behind a proxy that ends TLS.
        package var isBehindTLS = false
        /// Further origins from which writes with a cookie are taken, `https://console.example`.
        package var allowedOrigins: [String] = []
        package var connectionLimit = 1_024
        package var limits = ConnectionDeadline.Limits()
        /// An event stream that says nothing for so long says that it lives.
        package var eventKeepAlive: Duration = .seconds(15)
        /// How long answers that are under way may take once the daemon was told to stop.
        package var drainTime: Duration = .seconds(4)

        package init() {}
    }
}
