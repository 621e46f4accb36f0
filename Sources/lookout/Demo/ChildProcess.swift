import Foundation
import GatewayCore

/// The simulator as a child: this executable again, on a pipe whose end tells it that the parent is gone.
// SAFETY: started and stopped by one task, one after the other; `Process` is not touched in between.
final class ChildProcess: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Returns: the first line that it writes to standard output.
    /// - Throws: `GatewayError` if it ends, or 20 s pass, before that.
    func start(arguments: [String]) async throws -> String {
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
        output.fileHandleForReading.readabilityHandler = { handle in
            let bytes = handle.availableData
            if bytes.isEmpty { continuation.finish() } else { continuation.yield(bytes) }
        }
        defer { output.fileHandleForReading.readabilityHandler = nil }
        let text = await withTimeLimit(.seconds(20)) {
            var text = Data()
            for await bytes in lines {
                text += bytes
                if text.contains(UInt8(ascii: "\n")) { break }
            }
            return text
        }
        guard let text, let end = text.firstIndex(of: UInt8(ascii: "\n")) else {
            stop()
            throw GatewayError(
                .failed, "simulator", "the camera simulator did not start", remedy: "look at what it said on standard error")
        }
        return String(decoding: text[..<end], as: UTF8.self)
    }

    /// Ends it, within two seconds whatever it does.
    func stop() {
        guard process.isRunning else { return }
        try? input.fileHandleForWriting.close()
        process.terminate()
        let deadline = Date().addingTimeInterval(2)
        while process.isRunning, Date() < deadline { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}
