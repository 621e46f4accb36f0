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
        // The source was changed: what the old one refused is no reason to wait.
        _ = supervisor.closed(refused, now: start, using: &generator)
        #expect(supervisor.needed(isUrgent: true) == .connect)
    }

    @Test("a second refusal of the password waits as long as no account is locked for it")
    mutating func wrongPasswordTwice() {
        _ = supervisor.needed(isUrgent: false)
        let failure = FeedFailure(outcome: .unauthorized, message: "401")
        _ = supervisor.closed(failure, isHopeless: true, now: start, using: &generator)
        #expect(supervisor.retryDue(now: start + .seconds(60)) == .connect)
        let later = start + .seconds(61)
        #expect(supervisor.closed(failure, isHopeless: true, now: later, using: &generator) == .retry(at: later + .minutes(15)))
        #expect(supervisor.retryDue(now: later + .minutes(15)) == .connect)
        supervisor.flowing()
        #expect(supervisor.closed(failure, now: later, using: &generator) == .retry(at: later + .seconds(60)))
    }

    @Test("a busy camera is left alone for as long as it asks, up to a minute", arguments: [(20, 20), (3_600, 60)])
    mutating func retryAfter(asked: Int, waited: Int64) {
        _ = supervisor.needed(isUrgent: false)
        let busy = FeedFailure(outcome: .protocolError, message: "453", retryAfter: .seconds(asked))
        #expect(supervisor.closed(busy, now: start, using: &generator) == .retry(at: start + .seconds(waited)))
        #expect(supervisor.needed(isUrgent: true) == .connect)
    }

    @Test("a camera that dies of each key picture is asked less and less; one that played ten seconds at once", arguments: [0, 10])
    mutating func shortLives(seconds: Int64) {
        _ = supervisor.needed(isUrgent: false)
        var now = start
        var last: TimeAmount = .zero
        for _ in 0..<8 {
            supervisor.flowing()
            for second in 0...seconds { _ = supervisor.tick(now: now + .seconds(second)) }
            now = now + .seconds(seconds)
            guard case .retry(let at) = supervisor.closed(refused, now: now, using: &generator) else {
                Issue.record("no retry")
                return
            }
            last = at - now
            #expect(supervisor.retryDue(now: at) == .connect)
            now = at
        }
        #expect(seconds == 0 ? last > .seconds(20) : last <= .seconds(1))
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
