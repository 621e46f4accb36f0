import CameraRegistry
import Foundation
import GatewayCore
import Testing

struct HealthMachineTests {
    private func report(
        _ outcome: ProbeOutcome, at seconds: Double, mean: Double = 120, variance: Double = 900, signature: [UInt8]? = nil,
        motion: Int? = nil
    ) -> ProbeReport {
        var report = ProbeReport(
            outcome: outcome, detail: "", startedAt: Date(timeIntervalSince1970: seconds), duration: .seconds(1))
        if outcome == .reachable {
            report.picture = .init(
                mean: mean, variance: variance,
                signature: signature ?? (0..<256).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(seconds)) }, motion: motion)
        }
        return report
    }

    private func run(_ reports: [ProbeReport]) -> [HealthState] {
        var health = CameraHealth.unknown
        return reports.map {
            health = HealthMachine().next(health, after: $0, of: .main)
            return health.state
        }
    }

    @Test func oneGoodProbeIsOnlineAndThreeFailuresOffline() {
        let states = run([
            report(.timeout, at: 0), report(.reachable, at: 10), report(.timeout, at: 20), report(.unreachable, at: 30),
            report(.unauthorized, at: 40), report(.timeout, at: 50), report(.reachable, at: 60),
        ])
        #expect(states == [.unknown, .online, .online, .online, .offline, .offline, .online])
    }

    @Test func aGoodProbeForgetsFailures() {
        let states = run([
            report(.reachable, at: 0), report(.timeout, at: 10), report(.timeout, at: 20), report(.reachable, at: 30),
            report(.timeout, at: 40), report(.timeout, at: 50),
        ])
        #expect(states.allSatisfy { $0 == .online })
    }

    @Test func badPicturesDegrade() {
        #expect(run([report(.reachable, at: 0, mean: 17, variance: 3)]) == [.degraded])
        #expect(run([report(.reachable, at: 0, mean: 130, variance: 5)]) == [.degraded])
        #expect(run([report(.reachable, at: 0, mean: 20, variance: 300)]) == [.online], "a dark street with lamps")
        #expect(run([report(.reachable, at: 0, mean: 17, variance: 3), report(.reachable, at: 10)]) == [.degraded, .online])
    }

    @Test("a scene that repeats itself looks like the last probe's, but moves within this one")
    func likenessWithMotionIsNoFrozenPicture() {
        let seen = [UInt8](repeating: 80, count: 128) + [UInt8](repeating: 200, count: 128)
        let repeating = run([report(.reachable, at: 0, signature: seen), report(.reachable, at: 60, signature: seen, motion: 12)])
        #expect(repeating == [.online, .online])
        let still = run([report(.reachable, at: 0, signature: seen), report(.reachable, at: 60, signature: seen, motion: 1)])
        #expect(still == [.online, .degraded])
    }

    @Test func frozenPictureIsToldFromAMovingClock() {
        let still = [UInt8](repeating: 80, count: 128) + [UInt8](repeating: 200, count: 128)
        var noisy = still
        noisy[5] += 1
        var moved = still
        moved[5] += 9
        let frozen = run([report(.reachable, at: 0, signature: still), report(.reachable, at: 60, signature: noisy)])
        #expect(frozen == [.online, .degraded])
        let moving = run([report(.reachable, at: 0, signature: still), report(.reachable, at: 60, signature: moved)])
        #expect(moving == [.online, .online])
        let soon = run([report(.reachable, at: 0, signature: still), report(.reachable, at: 0.5, signature: still)])
        #expect(soon == [.online, .online], "within two seconds a clock may stand")
        let across = run([
            report(.reachable, at: 0, signature: still), report(.timeout, at: 30), report(.reachable, at: 60, signature: still),
        ])
        #expect(across == [.online, .online, .degraded])
    }

    @Test func sinceIsWhenTheStateBegan() {
        var health = CameraHealth.unknown
        for (outcome, at) in [(ProbeOutcome.reachable, 100.0), (.reachable, 200), (.timeout, 300)] {
            health = HealthMachine().next(health, after: report(outcome, at: at), of: .main)
        }
        #expect(health.since == Date(timeIntervalSince1970: 101))
        #expect(health.lastProbe?.at == Date(timeIntervalSince1970: 301))
        #expect(health.reason?.hasPrefix("超时") == true)
    }

    @Test func intermediarysFaultIsItsOwn() {
        var health = CameraHealth.unknown
        for at in [0.0, 60, 120] {
            health = HealthMachine().next(health, after: report(.intermediaryUnreachable, at: at), of: .main)
        }
        #expect(health.state == .offline)
        #expect(health.cause == .intermediary)
    }
}
