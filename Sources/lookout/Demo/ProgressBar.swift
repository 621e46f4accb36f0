import Foundation

/// One line on standard error that fills as work is done; silent where that is no terminal, or where it is told to be.
final class ProgressBar: Sendable {
    private let label: String
    private let isShown: Bool

    init(_ label: String, isShown: Bool) {
        self.label = label
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    func show(_ count: Int, of total: Int) {
        guard isShown else { return }
        FileHandle.standardError.write(Data(("\r" + Self.line(label, count, of: max(total, 1))).utf8))
    }

    /// Leaves the finished line, or a plain one where there was no bar.
    func finish(_ summary: String) {
        let text = isShown ? "\r\u{1B}[K\(label): \(summary)\n" : "\(label): \(summary)\n"
        FileHandle.standardError.write(Data(text.utf8))
    }

    static func line(_ label: String, _ count: Int, of total: Int) -> String {
        let width = 30
        let filled = min(width, count * width / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return "\(label) \(bar) \(count)/\(total)"
    }
}
