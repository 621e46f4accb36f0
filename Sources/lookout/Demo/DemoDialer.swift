import NIOCore
import NIOPosix
import RTSP

/// Leads every documentation address (RFC 5737: 198.51.100.0/24, 203.0.113.0/24) to the simulator, whatever its port, and
/// every other address to where it says. The inventory's rows stay as they are.
struct DemoDialer: Dialer {
    let simulatorPort: Int
    private let system = SystemDialer()

    init(simulatorPort: Int) { self.simulatorPort = simulatorPort }

    static func isDocumentation(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, !parts.contains(nil) else { return false }
        return host.hasPrefix("198.51.100.") || host.hasPrefix("203.0.113.")
    }

    func connect(
        host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline
    ) -> EventLoopFuture<any Channel> {
        Self.isDocumentation(host)
            ? system.connect(host: "127.0.0.1", port: simulatorPort, on: eventLoop, deadline: deadline)
            : system.connect(host: host, port: port, on: eventLoop, deadline: deadline)
    }
}
