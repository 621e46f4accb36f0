import Foundation

/// The service manager's notification socket (sd_notify(3)): one datagram a message, to the address in `NOTIFY_SOCKET`.
///
/// Without that variable every call does nothing: a gateway started by hand has nobody to tell. A message that cannot be
/// delivered is dropped, since nothing sensible can be done about it.
struct ServiceNotification: Sendable {
    enum Message: String, Sendable {
        /// Start-up is done: `Type=notify` units become active.
        case ready = "READY=1"
        /// Shutdown has begun.
        case stopping = "STOPPING=1"
        /// Still alive.
        case watchdog = "WATCHDOG=1"
    }

    /// A path, or `@name` in the abstract namespace; `nil` if nobody listens.
    let socketPath: String?
    /// How often the manager wants to hear ``Message/watchdog``: half of its limit, as sd_watchdog_enabled(3) advises;
    /// `nil` if it watches not, or another process.
    let watchdogInterval: Duration?

    init(environment: [String: String] = ProcessInfo.processInfo.environment, processID: Int32 = getpid()) {
        socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isForThisProcess = environment["WATCHDOG_PID"].map { Int32($0) == processID } ?? true
        watchdogInterval = environment["WATCHDOG_USEC"].flatMap(Int64.init).flatMap { microseconds in
            isForThisProcess && microseconds > 0 ? .microseconds(microseconds / 2) : nil
        }
    }

    /// - Returns: whether the manager's socket took the message.
    @discardableResult
    func send(_ message: Message) -> Bool {
        guard let socketPath, var address = sockaddr_un(path: socketPath) else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + socketPath.utf8.count + (socketPath.hasPrefix("@") ? 0 : 1))
        let bytes = Array(message.rawValue.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return sent == bytes.count
    }
}
