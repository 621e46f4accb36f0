import NIOCore
import Testing

@testable import GatewayAPI

@Suite struct ConnectionDeadlineTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func machine() -> ConnectionDeadline.StateMachine {
        var limits = ConnectionDeadline.Limits()
        limits.firstHead = .seconds(10)
        limits.idle = .seconds(75)
        limits.body = .seconds(30)
        limits.stall = .seconds(60)
        limits.bodyBytes = 100
        var machine = ConnectionDeadline.StateMachine(limits: limits)
        machine.opened(at: start)
        return machine
    }

    @Test func firstHeadHasItsDeadline() {
        let machine = machine()
        #expect(machine.deadline == start + .seconds(10))
        #expect(!machine.timerFired(at: start + .seconds(9)))
        #expect(machine.timerFired(at: start + .seconds(10)))
    }

    @Test func bodyDeadlineIsNotExtendedByATrickle() {
        var machine = machine()
        machine.headRead(path: "/api/v1/x", at: start + .seconds(1))
        for _ in 0..<20 {
            let isTooLarge = machine.bodyRead(byteCount: 1)
            #expect(!isTooLarge)
        }
        #expect(machine.deadline == start + .seconds(31))
    }

    @Test func bodyBeyondTheBoundCloses() {
        var machine = machine()
        machine.headRead(path: "/", at: start)
        let verdicts = [100, 1, Int.max].map { machine.bodyRead(byteCount: $0) }
        #expect(verdicts == [false, true, true])
    }

    @Test func noDeadlineWhileTheApplicationAnswers() {
        var machine = machine()
        machine.headRead(path: "/", at: start)
        machine.endRead(at: start)
        #expect(machine.deadline == nil)
        machine.responseWritten(at: start + .seconds(5))
        #expect(machine.deadline == start + .seconds(80))
    }

    @Test func earlyAnswerKeepsTheBodyDeadline() {
        var machine = machine()
        machine.headRead(path: "/", at: start)
        machine.responseWritten(at: start + .seconds(1))
        #expect(machine.deadline == start + .seconds(30))
        machine.endRead(at: start + .seconds(2))
        #expect(machine.deadline == start + .seconds(77))
    }

    @Test func pipelinedRequestsAreAnsweredBeforeIdleBegins() {
        var machine = machine()
        for _ in 0..<2 {
            machine.headRead(path: "/", at: start)
            machine.endRead(at: start)
        }
        machine.responseWritten(at: start)
        #expect(machine.deadline == nil)
        machine.responseWritten(at: start)
        #expect(machine.deadline == start + .seconds(75))
    }

    @Test func mediaThatIsTakenOverHasNoDeadline() {
        var machine = machine()
        machine.headRead(path: "/media/live?ticket=x", at: start)
        #expect(machine.deadline == start + .seconds(75))
        machine.takenOver()
        machine.writabilityChanged(isWritable: false, at: start)
        #expect(machine.deadline == nil)
    }

    @Test func unreadSocketStalls() {
        var machine = machine()
        machine.headRead(path: "/", at: start)
        machine.endRead(at: start)
        machine.writabilityChanged(isWritable: false, at: start + .seconds(1))
        #expect(machine.deadline == start + .seconds(61))
        machine.writabilityChanged(isWritable: true, at: start + .seconds(2))
        #expect(machine.deadline == nil)
    }
}
