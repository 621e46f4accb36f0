import GatewayCore
import NIOCore

/// Somebody who waits on a feed's loop for something that may not come.
struct Waiter<Value: Sendable> {
    let promise: EventLoopPromise<Value>
    let deadline: NIODeadline
}

extension Array {
    mutating func settle<Value: Sendable>(_ result: Result<Value, FeedFailure>) where Element == Waiter<Value> {
        let waiters = self
        removeAll()
        for waiter in waiters { waiter.promise.completeWith(result.mapError { $0 as any Error }) }
    }

    mutating func expire<Value: Sendable>(now: NIODeadline) where Element == Waiter<Value> {
        let overdue = filter { $0.deadline <= now }
        guard !overdue.isEmpty else { return }
        removeAll { $0.deadline <= now }
        for waiter in overdue {
            waiter.promise.fail(FeedFailure(outcome: .timeout, message: "the camera sent no key picture in time"))
        }
    }
}
