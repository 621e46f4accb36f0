import Foundation
import Testing

@testable import lookout

/// Over a real Unix datagram socket, as the service manager has it.
@Suite struct ServiceNotificationTests {
    /// Listens as systemd does; `name` is a path, or `@name` for the abstract namespace.
    private final class Manager {
        let descriptor: Int32

        init(name: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (bytes.first == 0 ? 0 : 1))
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(bound == 0)
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        func receive() -> String {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test func aPathSocketHearsEachMessage() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("n-\(UUID().uuidString.prefix(8))").path
        defer { unlink(path) }
        let manager = try Manager(name: path)
        let notification = ServiceNotification(environment: ["NOTIFY_SOCKET": path])
        #expect(notification.send(.ready))
        #expect(manager.receive() == "READY=1")
        #expect(notification.send(.watchdog))
        #expect(manager.receive() == "WATCHDOG=1")
        #expect(notification.send(.stopping))
        #expect(manager.receive() == "STOPPING=1")
    }

    @Test func anAbstractSocketHearsToo() throws {
        let name = "@lookout-test-\(UUID().uuidString)"
        let manager = try Manager(name: name)
        #expect(ServiceNotification(environment: ["NOTIFY_SOCKET": name]).send(.ready))
        #expect(manager.receive() == "READY=1")
    }

    @Test func withoutAListenerNothingHappens() {
        #expect(!ServiceNotification(environment: [:]).send(.ready))
        #expect(!ServiceNotification(environment: ["NOTIFY_SOCKET": ""]).send(.ready))
        #expect(!ServiceNotification(environment: ["NOTIFY_SOCKET": "/nowhere/at/all"]).send(.ready))
        #expect(!ServiceNotification(environment: ["NOTIFY_SOCKET": String(repeating: "x", count: 4_000)]).send(.ready))
    }

    @Test func theWatchdogOfAnotherProcessIsNotOurs() {
        let ours = ServiceNotification(environment: ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], processID: 7)
        #expect(ours.watchdogInterval == .seconds(15))
        #expect(
            ServiceNotification(environment: ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], processID: 7).watchdogInterval
                == nil)
        #expect(ServiceNotification(environment: ["WATCHDOG_USEC": "soon"], processID: 7).watchdogInterval == nil)
        #expect(ServiceNotification(environment: [:], processID: 7).watchdogInterval == nil)
    }
}
