import Glibc

/// A system call that failed, or what a peer did against the protocol.
struct LoadError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Of the call that failed just now.
    static func system(_ call: String) -> LoadError { LoadError("\(call): \(String(cString: strerror(errno)))") }
}
