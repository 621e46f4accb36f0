import Foundation
import Synchronization
import Testing

@testable import VideoDispatch

/// A wait that nothing wakes would last for an hour: the time limit is the assertion.
@Suite(.timeLimit(.minutes(1))) struct ReconcilerSignalTests {
    @Test func aCallBeforeTheWaitIsNotLost() async {
        let signal = ReconcilerSignal()
        signal.send()
        signal.send()
        await signal.wait(atMost: .seconds(3_600))
    }

    @Test func aCallWakesTheWaiter() async {
        let signal = ReconcilerSignal()
        async let waited: Void = signal.wait(atMost: .seconds(3_600))
        let calls = Task {
            while !Task.isCancelled {
                signal.send()
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        await waited
        calls.cancel()
    }

    @Test func timeEndsTheWaitAndCallsBeforeItAreForgotten() async {
        let signal = ReconcilerSignal()
        signal.send()
        await signal.wait(atMost: .seconds(3_600))
        let begin = ContinuousClock.now
        await signal.wait(atMost: .milliseconds(30))
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
    }

    @Test func cancellationEndsTheWait() async {
        let signal = ReconcilerSignal()
        let task = Task { await signal.wait(atMost: .seconds(3_600)) }
        task.cancel()
        await task.value
    }

    /// What was sent after the mark was taken is not covered by that reading.
    @Test func whoWaitsIsFollowedByAReadingThatBeganLater() async {
        let signal = ReconcilerSignal()
        await signal.serving {
            signal.send()
            let early = signal.mark()
            let isDone = Mutex(false)
            let sender = Task {
                await signal.sendUntilFollowed(atMost: .seconds(3_600))
                isDone.withLock { $0 = true }
            }
            while signal.followerCount == 0 { await Task.yield() }
            signal.follow(early)
            #expect(signal.followerCount == 1)
            for _ in 0..<200 { await Task.yield() }
            #expect(!isDone.withLock { $0 })
            signal.follow(signal.mark())
            await sender.value
        }
    }

    @Test func aReadingBeforeTheWaitIsNotLost() async {
        let signal = ReconcilerSignal()
        await signal.serving {
            let followers = Task {
                while !Task.isCancelled {
                    signal.follow(signal.mark())
                    await Task.yield()
                }
            }
            for _ in 0..<500 { await signal.sendUntilFollowed(atMost: .seconds(3_600)) }
            followers.cancel()
        }
    }

    @Test func withoutAReconcilerNobodyWaits() async {
        let signal = ReconcilerSignal()
        await signal.sendUntilFollowed(atMost: .seconds(3_600))
        // The call is not lost for a reconciler that starts later.
        await signal.wait(atMost: .seconds(3_600))
    }

    @Test func itsEndLetsThoseGoWhoWait() async {
        let signal = ReconcilerSignal()
        let sender = Mutex<Task<Void, Never>?>(nil)
        await signal.serving {
            sender.withLock { $0 = Task { await signal.sendUntilFollowed(atMost: .seconds(3_600)) } }
            while signal.followerCount == 0 { await Task.yield() }
        }
        await sender.withLock { $0 }?.value
    }

    @Test func theLimitAndCancellationEndTheWaitForAReading() async {
        let signal = ReconcilerSignal()
        await signal.serving {
            await signal.sendUntilFollowed(atMost: .milliseconds(20))
            let sender = Task { await signal.sendUntilFollowed(atMost: .seconds(3_600)) }
            sender.cancel()
            await sender.value
        }
    }
}
