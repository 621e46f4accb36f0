import NIOCore
import NIOPosix

/// Opens TCP connections to cameras. The demo's dialer leads every address to the simulator, so that no row changes.
package protocol Dialer: Sendable {
    /// A connected channel on `eventLoop`, or a failure at `deadline`. The channel's pipeline is empty.
    func connect(host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline) -> EventLoopFuture<any Channel>
}

/// Connects to where the address says.
package struct SystemDialer: Dialer {
    package init() {}

    package func connect(
        host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: eventLoop)
            .connectTimeout(max(.nanoseconds(1), deadline - .now()))
            .connect(host: host, port: port)
    }
}
