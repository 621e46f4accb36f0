import GRDB
import Synchronization

/// Tells listeners the number of the newest committed event.
///
/// ## Concurrency model
/// GRDB calls the observer on the writer's queue, one call at a time; listeners come and go on any thread. All state is
/// behind one mutex. A listener's stream keeps only the newest number.
final class EventSignal: TransactionObserver, Sendable {
    private struct State {
        var pending: Int64?
        var listeners: [Int: AsyncStream<Int64>.Continuation] = [:]
        var nextListener = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    func stream() -> AsyncStream<Int64> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int64.self, bufferingPolicy: .bufferingNewest(1))
        let key: Int? = state.withLock { state in
            guard !state.isFinished else { return nil }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in self?.remove(key) }
        return stream
    }

    func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return state.listeners
        }
        for listener in listeners.values { listener.finish() }
    }

    private func remove(_ key: Int) { _ = state.withLock { $0.listeners.removeValue(forKey: key) } }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool {
        if case .insert(tableName: "event") = eventKind { true } else { false }
    }

    func databaseDidChange(with event: DatabaseEvent) {
        let number = event.rowID
        state.withLock { $0.pending = number }
    }

    func databaseDidCommit(_ db: Database) {
        let (number, listeners) = state.withLock { state in
            defer { state.pending = nil }
            return (state.pending, state.pending == nil ? [:] : state.listeners)
        }
        guard let number else { return }
        for listener in listeners.values { listener.yield(number) }
    }

    func databaseDidRollback(_ db: Database) { state.withLock { $0.pending = nil } }
}
