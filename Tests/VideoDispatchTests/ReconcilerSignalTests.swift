import Foundation
import Testing

@testable import VideoDispatch

@Suite struct ReconcilerSignalTests {
    @Test func aCallBeforeTheWaitIsNotLost() async {
        let signal = ReconcilerSignal()
        signal.send()
        signal.send()
        let begin = ContinuousClock.now
        await signal.wait(atMost: .seconds(20))
        #expect(ContinuousClock.now - begin < .seconds(10))
    }

    @Test func aCallWakesTheWaiter() async {
        let signal = ReconcilerSignal()
        let begin = ContinuousClock.now
        async let waited: Void = signal.wait(atMost: .seconds(20))
        let calls = Task {
            while !Task.isCancelled {
                signal.send()
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        await waited
        calls.cancel()
        #expect(ContinuousClock.now - begin < .seconds(10))
    }

    @Test func timeEndsTheWaitAndCallsBeforeItAreForgotten() async {
        let signal = ReconcilerSignal()
        signal.send()
        await signal.wait(atMost: .seconds(20))
        let begin = ContinuousClock.now
        await signal.wait(atMost: .milliseconds(30))
        #expect(ContinuousClock.now - begin >= .milliseconds(30))
    }

    @Test func cancellationEndsTheWait() async {
        let signal = ReconcilerSignal()
        let begin = ContinuousClock.now
        let task = Task { await signal.wait(atMost: .seconds(20)) }
        task.cancel()
        await task.value
        #expect(ContinuousClock.now - begin < .seconds(10))
    }
}
