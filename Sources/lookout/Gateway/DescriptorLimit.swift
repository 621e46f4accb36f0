import Foundation
import Logging

/// How many files and sockets this process may have open.
///
/// The soft limit is 1,024 by custom, for the sake of programs that call select(2). SwiftNIO waits with epoll(7), so the
/// hard limit is the one to keep to.
struct DescriptorLimit: Equatable {
    /// For 158 cameras, each with a connection and a file of footage, for a hundred consoles of six connections, and for
    /// the rest: databases, log, loops, the decoder.
    static let needed = 1_024

    let soft: UInt64
    let hard: UInt64

    static var current: DescriptorLimit? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return DescriptorLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    /// Raises the soft limit to the hard one; children take it over. Warns where it stays below ``needed``.
    static func raise(logger: Logger) {
        guard var limit = current else { return }
        if limit.soft < limit.hard {
            var wanted = rlimit(rlim_cur: rlim_t(limit.hard), rlim_max: rlim_t(limit.hard))
            // Refused: the limit stays, and the warning below says what it is.
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted)
            limit = current ?? limit
        }
        if let warning = limit.warning { logger.warning("\(warning)", metadata: ["limit": "\(limit.soft)"]) }
    }

    /// What to say of a limit that is too low.
    var warning: String? {
        guard soft < UInt64(Self.needed) else { return nil }
        return "only \(soft) files and sockets may be open at once; 158 cameras and their consoles need \(Self.needed): "
            + "raise LimitNOFILE= of the unit, or ulimit -n"
    }
}
