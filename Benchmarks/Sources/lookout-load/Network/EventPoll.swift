import CLoad
import Glibc

/// `epoll`, level-triggered. What is ready is told by its descriptor.
final class EventPoll {
    struct Event {
        let descriptor: Int32
        let isReadable: Bool
        let isWritable: Bool
    }

    private static let reading = EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue

    private let descriptor: Int32
    private var ready = [epoll_event](repeating: epoll_event(), count: 256)

    init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw LoadError.system("epoll_create1") }
    }

    deinit { close(descriptor) }

    /// Watches for bytes to read until the descriptor is closed.
    func add(_ watched: Int32) throws {
        guard control(EPOLL_CTL_ADD, watched, EPOLLIN.rawValue) else { throw LoadError.system("epoll_ctl") }
    }

    /// Watches for room to write as well, or no longer.
    func watchWriting(_ watched: Int32, _ isWanted: Bool) {
        _ = control(EPOLL_CTL_MOD, watched, EPOLLIN.rawValue | (isWanted ? EPOLLOUT.rawValue : 0))
    }

    private func control(_ operation: Int32, _ watched: Int32, _ events: UInt32) -> Bool {
        var event = epoll_event(events: events, data: epoll_data_t(fd: watched))
        return epoll_ctl(descriptor, operation, watched, &event) == 0
    }

    /// Hands on what is ready, at most until `deadline`, to the nanosecond.
    func wait(until deadline: MonotonicTime, _ body: (Event) throws -> Void) throws {
        let now = MonotonicTime.now
        let left = deadline > now ? deadline.nanoseconds - now.nanoseconds : 0
        var timeout = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        let count = epoll_pwait2(descriptor, &ready, Int32(ready.count), &timeout, nil)
        guard count >= 0 || errno == EINTR else { throw LoadError.system("epoll_pwait2") }
        for index in 0..<max(0, Int(count)) {
            let event = ready[index]
            try body(
                Event(
                    descriptor: event.data.fd, isReadable: event.events & Self.reading != 0,
                    isWritable: event.events & EPOLLOUT.rawValue != 0))
        }
    }
}
