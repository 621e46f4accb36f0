import Accounts
import Foundation
import GatewayCore
import IncidentCommand
import ServiceLifecycle
import Synchronization

/// Wakes the event streams: one reader of the store's commits for all of them, and a tick for their keep-alive comments.
///
/// A stream that is slow misses wake-ups, never events: it reads from the table where it stopped.
///
/// ## Concurrency model
/// `streams` under its mutex; each stream's signals hold the newest value only.
package final class EventBroadcast: Service {
    enum Signal: Sendable {
        /// Events may have been written, or the time for a comment has come.
        case look
    }

    static let streamLimit = 128

    private struct Subscriber {
        let session: SessionID?
        let account: AccountID
        let signals: AsyncStream<Signal>.Continuation
    }

    private struct State {
        var streams: [Int: Subscriber] = [:]
        var nextNumber = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let source: any EventStore
    private let tick: Duration

    package init(source: any EventStore, tick: Duration = .seconds(5)) {
        self.source = source
        self.tick = tick
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in self.source.latestIDs() { self.signal() }
                }
                group.addTask {
                    while (try? await Task.sleep(for: self.tick)) != nil { self.signal() }
                }
                group.addTask {
                    try? await gracefulShutdown()
                }
                // The last one ends first, on shutdown or cancellation; the others are endless.
                while !Task.isCancelled, !Task.isShuttingDownGracefully { await group.next() }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.finish()
        }
        finish()
    }

    /// Signals for one more stream; they end at shutdown.
    ///
    /// - Throws: ``GatewayError`` `tooMany` beyond ``streamLimit`` streams.
    func subscribe(session: SessionID?, account: AccountID) throws -> AsyncStream<Signal> {
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(1))
        let number = try state.withLock { state -> Int in
            guard !state.isOver else { throw GatewayError(.unavailable, "shuttingDown", "网关正在停止。", remedy: "请稍后重试。") }
            guard state.streams.count < Self.streamLimit else {
                throw GatewayError(
                    .tooMany, "tooManyStreams", "事件订阅过多(上限 \(Self.streamLimit))。", remedy: "请关闭不用的页面。",
                    details: ["retryAfter": "30"])
            }
            state.nextNumber += 1
            state.streams[state.nextNumber] = Subscriber(session: session, account: account, signals: continuation)
            return state.nextNumber
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.streams.removeValue(forKey: number) }
        }
        return stream
    }

    var streamCount: Int { state.withLock { $0.streams.count } }

    /// Ends the streams of rights that ended.
    func end(_ revocation: Revocation) {
        let ended = state.withLock { state in
            state.streams.values.filter { stream in
                stream.account == revocation.account || stream.session.map(revocation.sessions.contains) ?? false
            }
        }
        for stream in ended { stream.signals.finish() }
    }

    private func signal() {
        let streams = state.withLock { Array($0.streams.values) }
        for stream in streams { stream.signals.yield(.look) }
    }

    private func finish() {
        let streams = state.withLock { state in
            state.isOver = true
            return Array(state.streams.values)
        }
        for stream in streams { stream.signals.finish() }
    }
}
