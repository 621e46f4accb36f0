import Foundation
import ServiceLifecycle

/// Runs until standard input ends: a parent that dies, however, closes the pipe it gave its child.
struct ParentWatch: Service {
    func run() async throws {
        let ended = AsyncStream<Void> { continuation in
            FileHandle.standardInput.readabilityHandler = { handle in
                if handle.availableData.isEmpty {
                    handle.readabilityHandler = nil
                    continuation.finish()
                }
            }
        }
        await cancelWhenGracefulShutdown { for await _ in ended {} }
        FileHandle.standardInput.readabilityHandler = nil
    }
}
