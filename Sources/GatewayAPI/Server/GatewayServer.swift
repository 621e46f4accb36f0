import Foundation
import GatewayCore
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// The gateway over HTTP: API, console, operations, and the media handlers' port.
///
/// What runs, in this order: a connection is accepted (``GatewayChildChannel``), a request under `/media/` is answered by
/// the media handlers on the event loop; every other one becomes a task that passes ``SecurityHeaders``, ``RequestLog`` and
/// ``ErrorMapping``, is signed in by ``Authentication`` and permitted by its row of the ``RouteTable``, and reaches a thin
/// handler of `Routes/`, which decodes, calls the domain and encodes. The same routes stand on a Unix socket for the
/// command line, where the peer's user takes the place of the sign-in.
///
/// ## Concurrency model
/// Immutable; `run()` is its whole life. It stops accepting on graceful shutdown, ends event streams and waits
/// ``Configuration/drainTime`` for answers that are under way.
package struct GatewayServer: Service {
    private let configuration: Configuration
    private let services: Services
    private let group: any EventLoopGroup
    private let mediaHandlers: @Sendable () -> [any RemovableChannelHandler]
    private let onServing: @Sendable (SocketAddress) async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - group: the loops that feeds and RTSP run on.
    ///   - mediaHandlers: handlers of one connection, which read `HTTPServerRequestPart` and answer `/media/…`.
    ///   - onServing: called once with the bound address, before the first request.
    package init(
        configuration: Configuration, services: Services, group: any EventLoopGroup,
        mediaHandlers: @escaping @Sendable () -> [any RemovableChannelHandler],
        onServing: @escaping @Sendable (SocketAddress) async -> Void = { _ in }, logger: Logger
    ) {
        self.configuration = configuration
        self.services = services
        self.group = group
        self.mediaHandlers = mediaHandlers
        self.onServing = onServing
        self.logger = logger
    }

    package func run() async throws {
        let broadcast = EventBroadcast(source: services.events, tick: configuration.eventKeepAlive / 3)
        let counters = RequestCounters()
        services.accounts.onRevocation { [consoles = services.consoles] revocation in
            broadcast.end(revocation)
            consoles.end { session, account in revocation.sessions.contains(session) || revocation.account == account }
        }
        var members: [any Service] = [application(broadcast: broadcast, counters: counters)]
        if let path = configuration.controlSocketPath {
            ControlSocket.clear(path)
            members.append(controlApplication(path: path, broadcast: broadcast, counters: counters))
        }
        // Stopped first, in reverse order: its end ends the event streams, for which the applications wait.
        members.append(broadcast)
        var group = ServiceGroupConfiguration(services: members, logger: logger)
        group.maximumGracefulShutdownDuration = configuration.drainTime
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is CancellationError {
            // Answers that outlived the drain time were cut off: that is what it is for.
        }
        if let path = configuration.controlSocketPath { ControlSocket.clear(path) }
    }

    /// The application on the TCP port.
    func application(broadcast: EventBroadcast, counters: RequestCounters) -> Application<RouterResponder<APIContext>> {
        let table = RouteTable(
            services: services, configuration: configuration, signIn: .token, broadcast: broadcast, counters: counters)
        return Application(
            responder: table.router.buildResponder(),
            server: childChannels(mediaHandlers: mediaHandlers, accept: { $0.eventLoop.makeSucceededVoidFuture() }),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: .maximum(configuration.connectionLimit, logger: logger)),
            onServerRunning: { channel in
                if let address = channel.localAddress { await onServing(address) }
            },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    private func controlApplication(
        path: String, broadcast: EventBroadcast, counters: RequestCounters
    ) -> Application<RouterResponder<APIContext>> {
        let table = RouteTable(
            services: services, configuration: configuration, signIn: .localUser, broadcast: broadcast, counters: counters)
        return Application(
            responder: table.router.buildResponder(),
            server: childChannels(mediaHandlers: { [] }, accept: ControlSocket.accept),
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: nil),
            onServerRunning: { _ in chmod(path, 0o600) },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    private func childChannels(
        mediaHandlers: @escaping @Sendable () -> [any RemovableChannelHandler],
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { [limits = configuration.limits] responder in
            GatewayChildChannel(limits: limits, mediaHandlers: mediaHandlers, accept: accept, responder: responder)
        }
    }
}
