import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix
import RTSP
import SimulatorManifest

/// Synthetic RTSP cameras on loopback. Runs as a process of its own beside a demo or a benchmark, so that its work is
/// not counted as the gateway's.
///
/// In this order: the manifest is read; one event loop is started; every camera of the manifest gets an entry in the
/// ``CameraSwitchboard``; the RTSP server listens. A client's DESCRIBE makes its camera read and packetize its clip; PLAY
/// puts the ``ClipPlayer`` on the ``TickGrid``, the one timer of all.
package struct CameraSimulator: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let server: RTSPServer

    /// The port on which all cameras answer.
    package var port: Int { server.port }

    /// Listens on loopback.
    ///
    /// - Parameter port: 0 for any free one.
    package static func start(manifest: SimulatorManifest, port: Int, logger: Logger) async throws -> CameraSimulator {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let switchboard = try await loop.submit { CameraSwitchboard(manifest, eventLoop: loop) }.get()
        let server = try await RTSPServer.bind(.init(port: port), group: group, directory: switchboard, logger: logger)
        return CameraSimulator(group: group, server: server)
    }

    package func shutdown() async {
        await server.shutdown()
        try? await group.shutdownGracefully()
    }
}
