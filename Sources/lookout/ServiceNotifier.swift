import ServiceLifecycle

/// Last of the service group: when it runs, everything before it has started. Tells the service manager so, keeps its
/// watchdog quiet while the gateway answers, and says when shutdown begins.
struct ServiceNotifier: Service {
    let notification: ServiceNotification
    /// Whether the gateway's loops still turn; a hung gateway goes quiet and is restarted.
    let isAlive: @Sendable () async -> Bool
    let onReady: @Sendable () async throws -> Void

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown(onReady)
        } catch is CancellationError {
            notification.send(.stopping)
            return
        }
        notification.send(.ready)
        let interval = notification.watchdogInterval
        await withTaskCancellationOrGracefulShutdownHandler {
            while !Task.isCancelled {
                if interval != nil, await isAlive() { notification.send(.watchdog) }
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval ?? .seconds(3_600)) }
                if Task.isShuttingDownGracefully { break }
            }
        } onCancelOrGracefulShutdown: {
            notification.send(.stopping)
        }
    }
}
