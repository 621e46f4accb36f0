/// What processes cost between two moments.
struct ProcessWatch {
    struct Cost: Encodable {
        let cpuSeconds: Double
        let cores: Double
        /// Of that, in the kernel.
        let systemShare: Double
        let proportionalMiB: Double
        let residentMiB: Double
        let threads: Int
    }

    private let processes: [(name: String, process: Int32)]
    private var begun: (at: MonotonicTime, samples: [ProcessSample])?

    /// - Parameter processes: `NAME=PID` each.
    init(_ processes: [String]) throws {
        self.processes = try processes.map { text in
            let parts = text.split(separator: "=")
            guard parts.count == 2, let process = Int32(parts[1]) else { throw LoadError("«\(text)» is not NAME=PID") }
            return (String(parts[0]), process)
        }
    }

    mutating func begin() throws { begun = (.now, try processes.map { try ProcessSample($0.process) }) }

    /// By name; and how long the window was, in seconds.
    func end() throws -> (costs: [String: Cost], seconds: Double) {
        guard let begun else { return ([:], 0) }
        let after = try processes.map { try ProcessSample($0.process) }
        let seconds = MonotonicTime.now.seconds(since: begun.at)
        var costs: [String: Cost] = [:]
        for (index, watched) in processes.enumerated() {
            let (before, now) = (begun.samples[index], after[index])
            let ticks = now.userTicks - before.userTicks + now.systemTicks - before.systemTicks
            costs[watched.name] = Cost(
                cpuSeconds: now.cpuSeconds - before.cpuSeconds, cores: (now.cpuSeconds - before.cpuSeconds) / seconds,
                systemShare: ticks > 0 ? Double(now.systemTicks - before.systemTicks) / Double(ticks) : 0,
                proportionalMiB: try ProcessSample.proportionalMiB(watched.process),
                residentMiB: try ProcessSample.residentMiB(watched.process), threads: now.threads)
        }
        return (costs, seconds)
    }
}
