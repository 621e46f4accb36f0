import CLinux
import Foundation

/// What a decoder that a picture has taken over could still reach: two descriptors and its own memory.
enum Confinement {
    /// Bytes of memory that the process may have: 32 pictures of the largest size at once would be more than a small machine
    /// has, and a decoder that is refused memory says so.
    private static let memory: rlim_t = 2 << 30

    /// - Returns: whether the kernel has confined the process.
    static func enter() -> Bool {
        var limit = rlimit(rlim_cur: memory, rlim_max: memory)
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        return linux_confine() == 0
    }

    /// Tries what is forbidden, and prints a line for each: `NAME: refused` or `NAME: allowed`.
    static func show() {
        guard enter() else { return print("no filter of system calls: \(String(cString: strerror(errno)))") }
        report("socket") { socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) }
        report("open") { open("/dev/null", O_RDONLY) }
        report("write file") { open("/tmp/lookout-decoder", O_WRONLY | O_CREAT, 0o600) }
        report("process") {
            var child: pid_t = 0
            var argv: [UnsafeMutablePointer<CChar>?] = [nil]
            let result = posix_spawn(&child, "/bin/true", nil, nil, &argv, nil)
            errno = result
            return result == 0 ? 0 : -1
        }
        report("kill") { kill(getppid(), 0) }
        let thread = Thread {}
        thread.start()
        report("thread") { thread.isExecuting || thread.isFinished || waitForEnd(thread) ? 0 : -1 }
    }

    private static func waitForEnd(_ thread: Thread) -> Bool {
        for _ in 0..<200 where !thread.isFinished { usleep(5_000) }
        return thread.isFinished
    }

    private static func report(_ name: String, _ attempt: () -> CInt) {
        let isRefused = attempt() < 0 && errno == EPERM
        print("\(name): \(isRefused ? "refused" : "allowed")")
    }
}
