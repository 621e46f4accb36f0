import Foundation
import GatewayCore
import Synchronization

/// The simulator as a child, on a pipe whose end tells it that the parent is gone.
// SAFETY: started and stopped by one task, one after the other; `Process` is not touched in between.
final class ChildProcess: @unchecked Sendable {
    /// The longest time between two of its lines.
    private static let patience: Duration = .seconds(20)

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameters:
    ///   - program: its name; it stands beside this one.
    ///   - read: takes each line of its standard output; the first answer that is not `nil` is the answer of all.
    /// - Throws: `GatewayError` if it ends, or says nothing for 20 s, before that; what `read` throws.
    func start<Answer: Sendable>(
        _ program: String, arguments: [String], read: @escaping @Sendable (String) throws -> Answer?
    ) async throws -> Answer {
        process.executableURL = URL(filePath: ProgramFolder.path(of: program))
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let (chunks, continuation) = AsyncStream.makeStream(of: Data.self)
        let heard = Mutex(ContinuousClock.now)
        output.fileHandleForReading.readabilityHandler = { handle in
            let bytes = handle.availableData
            heard.withLock { $0 = .now }
            if bytes.isEmpty { continuation.finish() } else { continuation.yield(bytes) }
        }
        let watch = Task {
            while heard.withLock({ $0.duration(to: .now) }) < Self.patience { try await Task.sleep(for: .seconds(1)) }
            continuation.finish()
        }
        defer {
            watch.cancel()
            output.fileHandleForReading.readabilityHandler = nil
        }
        do {
            if let answer = try await Self.firstAnswer(in: chunks, read) { return answer }
        } catch {
            stop()
            throw error
        }
        stop()
        throw GatewayError(
            .failed, "simulator", "the camera simulator did not start", remedy: "look at what it said on standard error")
    }

    private static func firstAnswer<Answer: Sendable>(
        in chunks: AsyncStream<Data>, _ read: @Sendable (String) throws -> Answer?
    ) async throws -> Answer? {
        var text = Data()
        for await bytes in chunks {
            text += bytes
            while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: text[..<end], as: UTF8.self)
                text = Data(text[text.index(after: end)...])
                if let answer = try read(line) { return answer }
            }
        }
        return nil
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
