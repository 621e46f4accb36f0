import GatewayCore
import Hummingbird
import NIOCore

/// What travels with a request: where it came from and, once the sign-in was checked, who calls.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Address of the caller's end without port, `local` on the control socket.
    let peer: String
    var caller: Caller?

    /// Largest body that a route takes unless it says otherwise.
    static let bodyLimit = 256 << 10
    var maxUploadSize: Int { Self.bodyLimit }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? "local"
    }
}
