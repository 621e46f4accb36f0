import Foundation

/// What a command says: results on standard output, everything else on standard error.
enum StandardStreams {
    static func error(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// At once, even where standard output is a pipe or a file.
    static func output(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
