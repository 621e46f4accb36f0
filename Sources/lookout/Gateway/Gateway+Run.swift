import DecoderProcess
import FeedRelay
import Foundation
import GatewayAPI
import GatewayCore
import NIOCore
import RTSP
import ServiceLifecycle

/// Where a running gateway answers.
struct GatewayPorts: Sendable {
    let http: Int
    let rtsp: Int
}

extension Gateway {
    /// Runs until SIGTERM or SIGINT, drains, and leaves nothing behind.
    ///
    /// The services stand in dependency order and end in reverse: first the service manager hears of it, then cameras and
    /// viewers are let go, then the servers answer what is under way, then the rest; the viewing register is written last.
    ///
    /// - Parameter whenReady: called when both servers answer; throwing ends the gateway.
    func run(whenReady: @escaping @Sendable (GatewayPorts) async throws -> Void) async throws {
        try await directory.refresh()
        try await publishingGate.load()
        do {
            try await decoder.check()
        } catch {
            await end()
            throw GatewayError(
                .failed, "decoder", "\(error)", remedy: "install lookout-decoder in the folder of lookout")
        }
        let (addresses, serving) = AsyncStream.makeStream(of: SocketAddress.self)
        let rtsp: RTSPServer
        do {
            rtsp = try await RTSPServer.bind(
                .init(host: configuration.rtsp.host, port: configuration.rtsp.port), group: group,
                directory: FeedPresentations(relay: relay), publications: publications, logger: logger)
        } catch {
            await end()
            throw Self.listenFailure(configuration.rtsp, "rtsp.port", error)
        }
        let rtsps = try await secureServer(beside: rtsp)
        let http = server(rtspPort: rtsp.port, rtspsPort: rtsps?.port) { address in serving.yield(address) }
        let notifier = ServiceNotifier(notification: ServiceNotification(), isAlive: isAlive) {
            for await address in addresses {
                try await whenReady(GatewayPorts(http: address.port ?? 0, rtsp: rtsp.port))
                break
            }
        }
        let housekeeping = Housekeeping(accounts: accounts, stores: stores, logger: logger)
        var group = ServiceGroupConfiguration(
            services: [
                TaskService { await gate.run() }, TaskService { await publishingGate.run() },
                TaskService { await feedStates.run() }, TaskService { try await recorder.run() },
                TaskService { await reconciler.run() }, TaskService { await prober.run() },
                TaskService { try await housekeeping.run() }, EndingService { await rtsp.shutdown() },
                EndingService { await rtsps?.shutdown() }, http,
                EndingService { await relay.shutdown() }, notifier,
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(9)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError where [EADDRINUSE, EACCES, EADDRNOTAVAIL].contains(error.errnoCode) {
            await end()
            throw Self.listenFailure(configuration.http, "http.port", error)
        } catch {
            await end()
            throw error
        }
        await end()
    }

    private var publications: FeedPublications { FeedPublications(relay: relay, gate: publishingGate) }

    /// RTSP by TLS, where there is a certificate.
    private func secureServer(beside rtsp: RTSPServer) async throws -> RTSPServer? {
        let tls = configuration.rtsps
        guard tls.isOn else { return nil }
        do {
            var options = RTSPServer.Options(host: tls.host, port: tls.port)
            options.certificate = try ServerCertificate(certificate: tls.certificate, key: tls.key)
            return try await RTSPServer.bind(
                options, group: group, directory: FeedPresentations(relay: relay), publications: publications, logger: logger)
        } catch {
            await rtsp.shutdown()
            await end()
            throw Self.listenFailure(host: tls.host, port: tls.port, "rtsp.tls.port", error)
        }
    }

    private static func listenFailure(_ listener: GatewayConfiguration.Listener, _ key: String, _ error: any Error) -> GatewayError
    {
        listenFailure(host: listener.host, port: listener.port, key, error)
    }

    private static func listenFailure(host: String, port: Int, _ key: String, _ error: any Error) -> GatewayError {
        let cause = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        return GatewayError(
            .failed, "cannotListen", "cannot listen on \(host) port \(port): \(cause)",
            remedy: "stop whoever uses the port, or set \(key) to another one")
    }

    private func end() async {
        await decoder.shutdown()
        try? stores.close()
        try? await group.shutdownGracefully()
    }

    /// Whether every loop takes a task within a second.
    private var isAlive: @Sendable () async -> Bool {
        { [group] in
            await withTimeLimit(.seconds(1)) {
                for loop in group.makeIterator() { try? await loop.submit {}.get() }
                return true
            } ?? false
        }
    }

    private func server(
        rtspPort: Int, rtspsPort: Int?, onServing: @escaping @Sendable (SocketAddress) async -> Void
    ) -> GatewayServer {
        var settings = GatewayServer.Configuration()
        settings.host = configuration.http.host
        settings.port = configuration.http.port
        settings.isBehindTLS = configuration.isBehindTLS
        settings.tileURL = configuration.tileURL
        settings.advertisedHost = configuration.advertisedHost
        settings.rtspPort = rtspPort
        settings.rtspsPort = rtspsPort
        let socket = stores.controlSocket.path
        if socket.utf8.count < 104 {
            settings.controlSocketPath = socket
        } else {
            logger.warning("no control socket: the data folder's path is too long for one", metadata: ["path": "\(socket)"])
        }
        let consoles = ConsoleDirectory(relay: relay)
        let stills = StillMaker(decoder: decoder)
        let release: @Sendable (any Channel) -> Void = { ConnectionDeadline.release($0) }
        let previews = Previews(stills: StillMaker(decoder: decoder, maxWidth: 640))
        return GatewayServer(
            configuration: settings, services: services(consoles: consoles), group: group,
            mediaHandlers: { [relay] in
                [MediaHandler(relay: relay, consoles: consoles, stills: stills, previews: previews, intercepted: release)]
            }, onServing: onServing, logger: logger)
    }
}
