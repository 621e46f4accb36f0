/// One thing that is wrong with a configuration file, with its place and its remedy.
struct ConfigurationFault: Error, Equatable, CustomStringConvertible {
    /// Dotted: `http.port`; empty for the file as a whole.
    let path: String
    /// Counted from 1; `nil` if the fault has no place in the file.
    let line: Int?
    let message: String
    /// What may stand there, or what to do.
    let remedy: String

    var description: String {
        let place = line.map { "line \($0): " } ?? ""
        return "\(place)\(path.isEmpty ? "" : path + ": ")\(message); \(remedy)"
    }
}

/// All faults of one file.
struct ConfigurationFaults: Error, CustomStringConvertible {
    let file: String
    let faults: [ConfigurationFault]

    var description: String {
        let count = faults.count == 1 ? "1 fault" : "\(faults.count) faults"
        return (["\(file): \(count)"] + faults.map { "  \($0)" }).joined(separator: "\n")
    }
}
