import Foundation
import RTSP

/// Everything that `lookout serve` can be told. `lookout.sample.yaml` is its manual; a test holds the two together.
struct GatewayConfiguration: Equatable {
    struct Listener: Equatable {
        var host: String
        var port: Int
        var allowPlaintext: Bool
    }

    /// RTSP by TLS; none without a certificate.
    struct TLSListener: Equatable {
        var host: String
        var port: Int
        /// Paths of PEM files.
        var certificate: String
        var key: String

        var isOn: Bool { !certificate.isEmpty }
    }

    struct Feeds: Equatable {
        var idleSeconds: Int
        var gopCacheMiB: Int
        var viewerQueueMiB: Int
    }

    struct Probes: Equatable {
        var intervalMinutes: Int
        var parallel: Int
    }

    enum LogLevel: String, CaseIterable { case debug, info, notice, warning, error }

    var dataDirectory: String
    var http: Listener
    /// A TLS proxy on this machine stands before `http`.
    var isBehindTLS: Bool
    var rtsp: Listener
    var rtsps: TLSListener
    /// Host name that tickets put into their URLs; empty: the host by which the console was called.
    var advertisedHost: String
    var feeds: Feeds
    /// As many feeds are made into H.264 at once for browsers that play nothing else; 0: none.
    var transcodes: Int
    /// As many feeds' G.711 is made into AAC at once for browsers, HLS and footage; 0: none.
    var soundEncoders: Int
    var probes: Probes
    var footageReserveGiB: Int
    var tileURL: String
    var logLevel: LogLevel

    /// Reads every key; faults are collected in `reader`.
    init(reading reader: inout ConfigurationReader) {
        dataDirectory = reader.string("dataDirectory", default: "/var/lib/lookout", allowed: "an absolute path") {
            $0.hasPrefix("/")
        }
        http = Self.listener("http", port: 8_080, from: &reader)
        isBehindTLS = reader.flag("http.behindTLSProxy", default: false)
        rtsp = Self.listener("rtsp", port: 8_554, from: &reader)
        rtsps = Self.tlsListener(from: &reader)
        advertisedHost = reader.string("advertisedHost", default: "", allowed: "a host name or address, or nothing") {
            $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-:".contains($0)) }
        }
        feeds = Feeds(
            idleSeconds: reader.integer("feeds.idleSeconds", default: 30, in: 1...3_600),
            gopCacheMiB: reader.integer("feeds.gopCacheMiB", default: 12, in: 1...256),
            viewerQueueMiB: reader.integer("feeds.viewerQueueMiB", default: 4, in: 1...256))
        transcodes = reader.integer("media.transcodes", default: 2, in: 0...64)
        soundEncoders = reader.integer("media.soundEncoders", default: 16, in: 0...256)
        probes = Probes(
            intervalMinutes: reader.integer("probes.intervalMinutes", default: 10, in: 1...1_440),
            parallel: reader.integer("probes.parallel", default: 40, in: 1...256))
        footageReserveGiB = reader.integer("footage.reserveGiB", default: 5, in: 0...100_000)
        tileURL = reader.string(
            "map.tileURL", default: "", allowed: "an http or https URL with {z}, {x} and {y}, or nothing", isSecret: true,
            where: Self.isTileURL)
        logLevel = reader.word("log.level", default: .info)
        reader.require(
            http.port != rtsp.port || http.host != rtsp.host, "rtsp.port", "the same as http.port", "choose two different ports")
        reader.require(
            !rtsps.isOn || ![http.port, rtsp.port].contains(rtsps.port), "rtsp.tls.port", "the same as another port",
            "choose three different ports")
        reader.finish()
    }

    private static func tlsListener(from reader: inout ConfigurationReader) -> TLSListener {
        let isPath: (String) -> Bool = { $0.isEmpty || $0.hasPrefix("/") }
        let listener = TLSListener(
            host: reader.string(
                "rtsp.tls.host", default: "127.0.0.1", allowed: "an IP address of this machine", where: isAddress),
            port: reader.integer("rtsp.tls.port", default: 8_322, in: 1...65_535),
            certificate: reader.string("rtsp.tls.certificate", default: "", allowed: "an absolute path, or nothing", where: isPath),
            key: reader.string("rtsp.tls.key", default: "", allowed: "an absolute path, or nothing", where: isPath))
        reader.require(
            listener.certificate.isEmpty == listener.key.isEmpty,
            listener.key.isEmpty ? "rtsp.tls.key" : "rtsp.tls.certificate", "missing beside the other",
            "give certificate and key, or neither")
        guard listener.isOn, !listener.key.isEmpty else { return listener }
        do {
            _ = try ServerCertificate(certificate: listener.certificate, key: listener.key)
        } catch {
            let (key, message, remedy) =
                switch error {
                case .certificate:
                    ("certificate", "no PEM certificate can be read there", "check the path and the rights of the daemon's user")
                case .key:
                    (
                        "key", "no unencrypted PEM key can be read there",
                        "check the path and the rights; a key with a password is not taken"
                    )
                case .mismatch:
                    ("key", "the key is not that of the certificate", "give the key with which the certificate was asked for")
                }
            reader.require(false, "rtsp.tls.\(key)", message, remedy)
        }
        return listener
    }

    private static func listener(_ section: String, port: Int, from reader: inout ConfigurationReader) -> Listener {
        let listener = Listener(
            host: reader.string(
                "\(section).host", default: "127.0.0.1", allowed: "an IP address of this machine", where: isAddress),
            port: reader.integer("\(section).port", default: port, in: 1...65_535),
            allowPlaintext: reader.flag("\(section).allowPlaintext", default: false))
        reader.require(
            listener.allowPlaintext || isLoopback(listener.host), "\(section).host",
            "\(listener.host) is reachable from other machines, and nothing there is encrypted",
            "keep 127.0.0.1 behind a TLS proxy, or set \(section).allowPlaintext: true if the network is trusted")
        return listener
    }

    private static func isTileURL(_ text: String) -> Bool {
        text.isEmpty
            || ((text.hasPrefix("https://") || text.hasPrefix("http://")) && ["{z}", "{x}", "{y}"].allSatisfy(text.contains))
    }

    private static func isAddress(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }

    private static func isLoopback(_ host: String) -> Bool { host.hasPrefix("127.") || host == "::1" }
}
