import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import GatewayAPI

extension TestGateway {
    /// A server on a port of its own, with a hand on its end.
    struct Running: Sendable {
        let address: SocketAddress
        /// Asks it to stop as SIGTERM would.
        let stop: @Sendable () async -> Void
    }

    /// Serves while `body` runs; afterwards it must stop by itself.
    func serve(
        mediaHandlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] },
        _ body: @Sendable (Running) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test.server")
        logger.logLevel = .critical
        let (addresses, continuation) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = GatewayServer(
            configuration: configuration, services: services, group: MultiThreadedEventLoopGroup.singleton,
            mediaHandlers: mediaHandlers, onServing: { continuation.yield($0) }, logger: logger)
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await address in addresses {
                do {
                    try await body(Running(address: address, stop: { await group.triggerGracefulShutdown() }))
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
