import Foundation
import GatewayCore
import NIOCore

/// The control socket's door: only the daemon's own user, or root, is let in.
enum ControlSocket {
    /// Linux `struct ucred` (unix(7), SO_PEERCRED).
    private struct PeerCredentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }

    /// Fails for a peer of another user, before its first byte is read.
    static func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(refusal)
        }
        let credentials: EventLoopFuture<PeerCredentials> = options.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        return credentials.flatMapThrowing { credentials in
            guard isAllowed(user: credentials.user) else { throw refusal }
        }
    }

    static func isAllowed(user: UInt32) -> Bool { user == 0 || user == geteuid() }

    /// Removes what a dead daemon left, so that binding does not fail; never anything but a socket.
    static func clear(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }

    private static let refusal = GatewayError(.forbidden, "foreignUser", "控制套接字只对网关自己的用户开放。")
}
