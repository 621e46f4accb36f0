import GatewayCore
import NIOCore
import RTSP
import SimulatorManifest

/// Leads a client to the camera that its URL names: by the whole URL, host and all, or by the path alone for cameras
/// that the manifest names by path. Many cameras of different hosts share a path.
struct CameraSwitchboard: PresentationDirectory {
    private let cameras: NIOLoopBoundBox<[String: SimulatedCamera]>

    /// To be called on `eventLoop`.
    init(_ manifest: SimulatorManifest, eventLoop: any EventLoop) {
        let grid = TickGrid(eventLoop: eventLoop)
        let pairs = manifest.cameras.map { (Self.key(of: $0.url), SimulatedCamera($0, grid: grid)) }
        cameras = NIOLoopBoundBox(Dictionary(pairs) { first, _ in first }, eventLoop: eventLoop)
    }

    func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
        let target = request.path + (request.query.map { "?" + $0 } ?? "")
        guard let camera = cameras.value[Self.key(of: request.uri)] ?? cameras.value[target] else {
            return eventLoop.assumeIsolated().makeSucceededFuture(.refused(status: 404, headers: RTSPHeaders()))
        }
        return camera.describe(request)
    }

    private static func key(of url: String) -> String {
        guard case .success(let parsed) = StreamURL.parse(url) else { return url }
        return parsed.url.unredacted
    }
}
