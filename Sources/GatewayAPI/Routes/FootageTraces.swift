import Foundation
import GatewayCore
import Synchronization

/// Which hand-outs of footage still need their trace. A player asks for one file in hundreds of ranges: the first of them
/// leaves a trace, whichever it is, and those within ten minutes of it are the same hand-out.
///
/// ## Concurrency model
/// Any task; a mutex.
final class FootageTraces: Sendable {
    static let span: TimeInterval = 600
    static let limit = 4_096

    private struct Key: Hashable {
        let account: AccountID
        let run: RunID
    }

    private let last = Mutex<[Key: Date]>([:])

    /// Whether this hand-out begins now. Beyond ``limit`` remembered ones every request leaves a trace.
    func begins(account: AccountID, run: RunID, at now: Date) -> Bool {
        last.withLock { last in
            let key = Key(account: account, run: run)
            if let date = last[key], now.timeIntervalSince(date) < Self.span, now >= date { return false }
            if last.count >= Self.limit { last = last.filter { now.timeIntervalSince($0.value) < Self.span } }
            if last.count < Self.limit { last[key] = now }
            return true
        }
    }
}
