import Foundation

/// What this process uses now, as Linux tells it.
struct ProcessUsage: Sendable {
    /// Resident memory in bytes; `nil` where `/proc` is not.
    var residentBytes: Int?
    /// User and system time since start, in seconds.
    var cpuSeconds: Double
    /// Open file descriptors; `nil` where `/proc` is not.
    var openFiles: Int?

    static func now() -> ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
        let resident = pages.flatMap { Int($0) }.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return ProcessUsage(residentBytes: resident, cpuSeconds: cpu, openFiles: files)
    }
}
