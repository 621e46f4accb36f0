import ServiceLifecycle

/// A part whose life is one async call that ends when it is cancelled.
struct TaskService: Service {
    let body: @Sendable () async throws -> Void

    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown(body)
        } catch is CancellationError {
            // That is how it ends.
        }
    }
}

/// A part that runs by itself and only has to be ended.
struct EndingService: Service {
    let end: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await end()
    }
}
