import GatewayCore
import Hummingbird

/// Absolute addresses of media for a person who called by some host.
struct MediaURLs: Sendable {
    private let rtspPort: Int
    private let rtspsPort: Int?
    private let advertisedHost: String
    private let scheme: String

    init(configuration: GatewayServer.Configuration) {
        rtspPort = configuration.rtspPort
        rtspsPort = configuration.rtspsPort
        advertisedHost = configuration.advertisedHost
        scheme = configuration.isBehindTLS ? "https" : "http"
    }

    func rtsp(_ feed: FeedID, ticket: String, for request: Request) -> String {
        "rtsp://\(host(of: request)):\(rtspPort)/feeds/\(feed)?ticket=\(ticket)"
    }

    /// `nil` where the gateway offers no RTSP by TLS.
    func rtsps(_ feed: FeedID, ticket: String, for request: Request) -> String? {
        rtspsPort.map { "rtsps://\(host(of: request)):\($0)/feeds/\(feed)?ticket=\(ticket)" }
    }

    /// Where a publisher pushes to.
    func publishing(_ feed: FeedID, ticket: String, for request: Request) -> String {
        "rtsp://\(host(of: request)):\(rtspPort)/publish/\(feed)?ticket=\(ticket)"
    }

    /// `nil` where the gateway offers no RTSP by TLS.
    func securePublishing(_ feed: FeedID, ticket: String, for request: Request) -> String? {
        rtspsPort.map { "rtsps://\(host(of: request)):\($0)/publish/\(feed)?ticket=\(ticket)" }
    }

    func live(ticket: String, for request: Request) -> String { "\(origin(of: request))/media/live?ticket=\(ticket)" }
    func liveTranscoded(ticket: String, for request: Request) -> String { live(ticket: ticket, for: request) + "&transcode=1" }
    func hls(ticket: String, for request: Request) -> String { "\(origin(of: request))/media/live.m3u8?ticket=\(ticket)" }
    func preview(ticket: String, for request: Request) -> String { "\(origin(of: request))/media/preview?ticket=\(ticket)" }
    func snapshot(ticket: String, for request: Request) -> String { "\(origin(of: request))/media/snapshot?ticket=\(ticket)" }

    private func origin(of request: Request) -> String {
        let (host, port) = Self.parts(of: request.head.authority ?? "")
        let name = advertisedHost.isEmpty ? host : Self.bracketed(advertisedHost)
        return "\(scheme)://\(name)\(port.map { ":\($0)" } ?? "")"
    }

    private func host(of request: Request) -> String {
        advertisedHost.isEmpty ? Self.parts(of: request.head.authority ?? "").host : Self.bracketed(advertisedHost)
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host }

    /// A `Host` header in parts; what is not a plain host becomes `127.0.0.1`, since it goes into URLs that people click.
    static func parts(of authority: String) -> (host: String, port: Int?) {
        var rest = authority[...]
        var host = ""
        if rest.first == "[", let close = rest.firstIndex(of: "]") {
            host = String(rest[...close])
            rest = rest[rest.index(after: close)...]
        } else {
            host = String(rest.prefix { $0 != ":" })
            rest = rest.dropFirst(host.count)
        }
        let isPlain =
            !host.isEmpty && host.utf8.count <= 255
            && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_:[]".contains($0)) }
        let port = rest.first == ":" ? Int(rest.dropFirst()).flatMap { (1...65_535).contains($0) ? $0 : nil } : nil
        return (isPlain ? host : "127.0.0.1", port)
    }
}
