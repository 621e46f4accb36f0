import Synchronization

/// Wakes the reconciler; several calls before it looks are one. Who must know that it has read the registry since can wait
/// for that.
///
/// ## Concurrency model
/// Any thread sends, any task waits to be followed, one task waits to be woken; all state is behind one mutex.
package final class ReconcilerSignal: Sendable {
    private struct State {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
        /// Calls so far, and how many of them a reading of the registry has come after.
        var sent: UInt64 = 0
        var followed: UInt64 = 0
        var isServed = false
        /// Those who wait until so many calls are followed.
        var followers: [UInt64: (sent: UInt64, continuation: CheckedContinuation<Void, Never>)] = [:]
        var nextFollower: UInt64 = 0

        mutating func send() -> CheckedContinuation<Void, Never>? {
            sent &+= 1
            isPending = true
            defer { waiter = nil }
            return waiter
        }

        mutating func takeFollowers(where isDone: (UInt64) -> Bool) -> [CheckedContinuation<Void, Never>] {
            let done = followers.filter { isDone($0.value.sent) }
            for key in done.keys { followers[key] = nil }
            return done.values.map(\.continuation)
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func send() {
        state.withLock { $0.send() }?.resume()
    }

    /// Sends, and returns when the reconciler has read the registry since: the directory of feeds then knows every change
    /// that was committed before the call.
    ///
    /// Returns at once where no reconciler runs, and after `limit` whatever happened: the change is stored, and a later pass
    /// takes it up.
    package func sendUntilFollowed(atMost limit: Duration = .seconds(5)) async {
        let (call, isServed, waiter) = state.withLock { state in
            let waiter = state.send()
            return (state.sent, state.isServed, waiter)
        }
        waiter?.resume()
        guard isServed else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.untilFollowed(call) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Calls that wait for a reading now.
    var followerCount: Int { state.withLock { $0.followers.count } }

    // MARK: The reconciler's side

    /// While `body` runs there is somebody to wait for.
    func serving(_ body: () async -> Void) async {
        state.withLock { $0.isServed = true }
        await body()
        let left = state.withLock { state in
            state.isServed = false
            return state.takeFollowers { _ in true }
        }
        for continuation in left { continuation.resume() }
    }

    /// To be taken before the registry is read, and given to ``follow(_:)`` after.
    func mark() -> UInt64 { state.withLock { $0.sent } }

    func follow(_ mark: UInt64) {
        let done = state.withLock { state in
            state.followed = max(state.followed, mark)
            return state.takeFollowers { $0 <= mark }
        }
        for continuation in done { continuation.resume() }
    }

    /// Returns when something was sent since the last return, when the time is up, or when the task is cancelled.
    func wait(atMost duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.isPending = false }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isPending || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }

    private func untilFollowed(_ call: UInt64) async {
        let key = state.withLock { state in
            state.nextFollower &+= 1
            return state.nextFollower
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.followed >= call || !state.isServed || Task.isCancelled { return true }
                    state.followers[key] = (call, continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.followers.removeValue(forKey: key) }?.continuation.resume()
        }
    }
}
