import GatewayCore
import NIOCore

/// What RTSP travels on once it stands. The same channel both ways, but for an HTTP tunnel.
struct CameraConnection {
    let input: any Channel
    let output: any Channel
    /// What goes out is base 64.
    var isTunnelled: Bool { input !== output }

    func close() {
        input.close(promise: nil)
        if isTunnelled { output.close(promise: nil) }
    }
}

/// Why there is no connection to a camera. Safe to show.
enum ConnectFailure: Error, Hashable {
    case unreachable(String)
    /// Something answers, and it will answer so again.
    case refused(ProbeOutcome, String, RTSPClientError.Advice)
}
