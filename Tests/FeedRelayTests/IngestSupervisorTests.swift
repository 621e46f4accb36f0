import GatewayCore
import NIOCore
import Testing

@testable import FeedRelay

@Suite struct IngestSupervisorTests {
    private var supervisor = IngestSupervisor(idleTime: .seconds(30))
    private var generator = SeededGenerator(seed: 1)
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private let refused = FeedFailure(outcome: .unreachable, message: "refused")

    @Test mutating func connectsWhenNeededAndClosesWhenIdle() {
        #expect(supervisor.needed(isUrgent: false) == .connect)
        supervisor.flowing()
        #expect(supervisor.state == .live)
        #expect(supervisor.unneeded(now: start) == .none)
        #expect(supervisor.tick(now: start + .seconds(29)) == .none)
        #expect(supervisor.tick(now: start + .seconds(30)) == .disconnect)
        #expect(supervisor.state == .idle)
    }

    @Test mutating func aProbeLeavesNoIdleTime() {
        _ = supervisor.needed(isUrgent: true)
        supervisor.flowing()
        #expect(supervisor.unneeded(now: start, isAtOnce: true) == .disconnect)
        #expect(supervisor.state == .idle)
        #expect(supervisor.needed(isUrgent: false) == .connect)
    }

    @Test mutating func aNeedWithinTheIdleTimeKeepsIt() {
        _ = supervisor.needed(isUrgent: false)
        supervisor.flowing()
        _ = supervisor.unneeded(now: start)
        #expect(supervisor.needed(isUrgent: false) == .none)
        #expect(supervisor.tick(now: start + .seconds(60)) == .none)
    }

    @Test mutating func retriesWithGrowingPausesUpToAMinute() {
        _ = supervisor.needed(isUrgent: false)
        var now = start
        var pauses: [Double] = []
        for _ in 0..<12 {
            guard case .retry(let at) = supervisor.closed(refused, now: now, using: &generator) else {
                Issue.record("no retry")
                return
            }
            pauses.append(Double((at - now).nanoseconds) / 1e9)
            #expect(supervisor.retryDue(now: at - .milliseconds(1)) == .none)
            #expect(supervisor.retryDue(now: at) == .connect)
            now = at
        }
        #expect((0.5...1).contains(pauses[0]))
        #expect((30...60).contains(pauses[11]))
    }

    @Test mutating func anUrgentNeedDoesNotWait() {
        _ = supervisor.needed(isUrgent: false)
        _ = supervisor.closed(refused, now: start, using: &generator)
        #expect(supervisor.needed(isUrgent: false) == .none)
        #expect(supervisor.needed(isUrgent: true) == .connect)
    }

    @Test("a camera that refuses the password is not asked again and again")
    mutating func wrongPasswordWaitsLongest() {
        _ = supervisor.needed(isUrgent: false)
        let failure = FeedFailure(outcome: .unauthorized, message: "401")
        #expect(supervisor.closed(failure, now: start, using: &generator) == .retry(at: start + .seconds(60)))
        #expect(supervisor.needed(isUrgent: true) == .none)
    }

    @Test mutating func aHopelessFailureWaitsLongest() {
        _ = supervisor.needed(isUrgent: false)
        #expect(supervisor.closed(refused, isHopeless: true, now: start, using: &generator) == .retry(at: start + .seconds(60)))
        #expect(supervisor.needed(isUrgent: true) == .connect)
    }

    @Test mutating func aCameraLostWithoutNeedStaysClosed() {
        _ = supervisor.needed(isUrgent: false)
        supervisor.flowing()
        _ = supervisor.unneeded(now: start)
        #expect(supervisor.closed(refused, now: start, using: &generator) == .none)
        #expect(supervisor.state == .idle)
    }
}
