import Foundation

/// Where this program and its companions stand: one folder.
enum ProgramFolder {
    /// The absolute path of the companion of that name.
    static func path(of program: String) -> String {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appending(path: program, directoryHint: .notDirectory).path
    }
}
