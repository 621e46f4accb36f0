import Foundation
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
}
