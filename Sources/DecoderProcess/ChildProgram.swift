import CLinux
import Foundation

/// A program of ours, started with one stream socket as its standard input and output, perhaps a second one as descriptor 3,
/// and no other descriptor but standard error.
struct ChildProgram: Sendable {
    let process: pid_t
    /// Our end of the socket; the caller owns it.
    let socket: CInt
    /// Our end of the second socket, for datagrams with descriptors; the caller owns it.
    let descriptors: CInt?

    /// Blocking: for a thread pool.
    static func start(
        _ executable: String, arguments: [String], takesDescriptors: Bool = false
    ) throws(DecoderFailure) -> ChildProgram {
        let ends = try pair(SOCK_STREAM)
        defer { close(ends.theirs) }
        var second: (ours: CInt, theirs: CInt)?
        if takesDescriptors {
            do throws(DecoderFailure) {
                second = try pair(SOCK_SEQPACKET)
            } catch {
                close(ends.ours)
                throw error
            }
        }
        defer { if let second { close(second.theirs) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends.theirs, 0)
        posix_spawn_file_actions_adddup2(&actions, ends.theirs, 1)
        if let second { posix_spawn_file_actions_adddup2(&actions, second.theirs, 3) }
        linux_close_from(&actions, second == nil ? 3 : 4)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Ctrl-C goes to the foreground group: the child ends when its socket does, not before its work is done.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var process: pid_t = 0
        let words = [executable] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        // No environment: it needs none, and ours may hold what is not its business.
        var environment: [UnsafeMutablePointer<CChar>?] = [libraryPath, nil]
        defer { free(environment[0]) }
        let result = posix_spawn(&process, executable, &actions, &attributes, &argv, &environment)
        guard result == 0 else {
            close(ends.ours)
            if let second { close(second.ours) }
            throw .unavailable("\(executable): \(reason(result))")
        }
        return ChildProgram(process: process, socket: ends.ours, descriptors: second?.ours)
    }

    private static func pair(_ type: __socket_type) throws(DecoderFailure) -> (ours: CInt, theirs: CInt) {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .unavailable(reason(errno))
        }
        return (ends[0], ends[1])
    }

    /// Where the Swift runtime is, for a build that is not installed.
    private static var libraryPath: UnsafeMutablePointer<CChar>? {
        getenv("LD_LIBRARY_PATH").flatMap { strdup("LD_LIBRARY_PATH=" + String(cString: $0)) }
    }

    private static func reason(_ error: CInt) -> String { String(cString: strerror(error)) }

    /// Ends it and waits until it is gone. Blocking: for a thread pool.
    func end() {
        kill(process, SIGKILL)
        var status: CInt = 0
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
    }
}
