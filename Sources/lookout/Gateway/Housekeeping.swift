import Accounts
import GatewayCore
import Foundation
import GatewayStore
import Logging
import ServiceLifecycle

/// What is done by the clock: sessions that ran out end each minute, old events and register rows
/// go each day; and freed memory goes back.
struct Housekeeping: Sendable {
    private static let day: TimeInterval = 86_400
    /// What a console that was away for a week may still ask for.
    private static let eventRetention: TimeInterval = 30 * day
    private static let registerRetention: TimeInterval = 3 * 366 * day

    let accounts: AccountService
    let stores: GatewayStores
    let logger: Logger

    /// Until cancelled.
    func run() async throws {
        var minutes = 0
        while !Task.isCancelled {
            do {
                try await accounts.endExpiredSessions()
                if minutes % 1_440 == 0 {
                    _ = try await stores.events.prune(before: Date(timeIntervalSinceNow: -Self.eventRetention))
                    _ = try await stores.register.prune(before: Date(timeIntervalSinceNow: -Self.registerRetention))
                }
            } catch let error where !(error is CancellationError) {
                logger.warning("housekeeping failed", metadata: ["error": "\(error)"])
            }
            minutes += 1
            ProcessMemory.trim()
            try await Task.sleep(for: .seconds(60))
        }
    }
}
