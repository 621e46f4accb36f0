import GatewayCore
import NIOCore
import NIOPosix
import RTSP
import SimulatorManifest

/// One camera of the manifest. Reads and packetizes its clip when the first client describes it and forgets it after the
/// last: a camera without clients holds no memory and no timer.
///
/// ## Concurrency model
/// Confined to the grid's event loop; clips are read on the thread pool.
final class SimulatedCamera {
    private let description: SimulatedCameraDescription
    private let guardian: CameraGuard?
    private let grid: TickGrid
    private var described = 0
    /// By the index of the clip; the count is that of presentations in use.
    private var players: [Int: (player: ClipPlayer, users: Int)] = [:]

    init(_ description: SimulatedCameraDescription, grid: TickGrid) {
        self.description = description
        self.guardian = description.authentication.map { CameraGuard($0) }
        self.grid = grid
    }

    func describe(_ request: PresentationRequest) -> EventLoopFuture<PresentationAnswer> {
        let loop = grid.eventLoop.assumeIsolated()
        switch description.fault {
        case .hang:
            // Fails when the clients have long gone.
            let promise = grid.eventLoop.makePromise(of: PresentationAnswer.self)
            grid.eventLoop.scheduleTask(in: .seconds(60)) { promise.fail(ChannelError.eof) }
            return promise.futureResult
        case .notFound:
            return loop.makeSucceededFuture(.refused(status: 404, headers: RTSPHeaders()))
        case .redirect(let location):
            return loop.makeSucceededFuture(.refused(status: 302, headers: RTSPHeaders(["Location": location])))
        default: break
        }
        if let headers = guardian?.challenge(method: .describe, uri: request.uri, headers: request.headers) {
            return loop.makeSucceededFuture(.refused(status: 401, headers: headers))
        }
        let index = described % max(description.clips.count, 1)
        described += 1
        if let held = players[index] {
            return loop.makeSucceededFuture(.presentation(present(held.player, index)))
        }
        let description = description
        let loaded = NIOThreadPool.singleton.runIfActive(eventLoop: grid.eventLoop) {
            try PacketizedClip.load(description, clip: index)
        }
        return loaded.assumeIsolated().map { clip in
            let player = self.players[index]?.player ?? ClipPlayer(clip: clip, grid: self.grid)
            return .presentation(self.present(player, index))
        }.nonisolated()
    }

    private func present(_ player: ClipPlayer, _ index: Int) -> SimulatedPresentation {
        players[index] = (player, (players[index]?.users ?? 0) + 1)
        let text = player.clip.sessionDescription(withParameterSets: description.fault != .noParameterSetsInDescription)
        return SimulatedPresentation(description: text, player: player, fault: description.fault, guardian: guardian) {
            [weak self] in
            self?.release(index)
        }
    }

    private func release(_ index: Int) {
        guard let held = players[index] else { return }
        players[index] = held.users > 1 ? (held.player, held.users - 1) : nil
    }
}
