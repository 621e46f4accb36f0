import FoundationEssentials
import Glibc

/// What the kernel says of a process at one moment.
struct ProcessSample {
    /// User and system time of all its threads, those that ended included, in seconds: to the nanosecond, where
    /// `/proc/PID/stat` gives the same sum in ticks of 10 ms.
    let cpuSeconds: Double
    /// Of `/proc/PID/stat`, ticks: how that sum divides.
    let userTicks: Int
    let systemTicks: Int
    let threads: Int

    init(_ process: Int32) throws {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw LoadError("no process \(process)")
        }
        cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        // The name in parentheses may hold spaces; field 3 follows its end (proc(5)).
        let fields = try Self.text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 17, let user = Int(fields[11]), let system = Int(fields[12]), let threads = Int(fields[17]) else {
            throw LoadError("/proc/\(process)/stat is not as expected")
        }
        (userTicks, systemTicks, self.threads) = (user, system, threads)
    }

    /// Proportional set size in MiB: resident memory, shared pages divided among those who share them.
    static func proportionalMiB(_ process: Int32) throws -> Double { try field("Pss:", "/proc/\(process)/smaps_rollup") }

    static func residentMiB(_ process: Int32) throws -> Double { try field("VmRSS:", "/proc/\(process)/status") }

    private static func field(_ name: String, _ path: String) throws -> Double {
        for line in try text(path).split(separator: "\n") where line.hasPrefix(name) {
            if let value = line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap({ Double($0) }) {
                return value / 1_024
            }
        }
        throw LoadError("\(path) has no \(name)")
    }

    private static func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw LoadError.system(path) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
