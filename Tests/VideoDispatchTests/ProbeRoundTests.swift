import CameraRegistry
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct ProbeRoundTests {
    private typealias Candidate = ProbeSchedule.Candidate

    private func candidates(
        _ count: Int, host: String? = nil, intermediary: IntermediaryID? = nil, lastProbe: Date? = nil
    ) -> [Candidate] {
        (0..<count).map { index in
            Candidate(
                feed: FeedID(cameraPoint: .random()), hostKey: host ?? "198.51.100.\(index):\(count)", intermediary: intermediary,
                lastProbe: lastProbe)
        }
    }

    /// Runs a round to its end, each probe ending as `outcome` says; what was tried, what inherited, and the most at once.
    private func play(
        _ round: inout ProbeRound, outcome: (Candidate) -> ProbeOutcome
    ) -> (tried: [Candidate], inherited: [Candidate], widest: Int, hostsWereApart: Bool) {
        var tried: [Candidate] = [], inherited: [Candidate] = [], running: [Candidate] = []
        var widest = 0, apart = true
        while true {
            let turn = round.next(now: noon)
            inherited += turn.inheriting
            running += turn.probes
            tried += turn.probes
            widest = max(widest, running.count)
            apart = apart && Set(running.map(\.hostKey)).count == running.count
            guard let ended = running.popLast() else { break }
            round.ended(ended, outcome(ended))
        }
        return (tried, inherited, widest, apart)
    }

    @Test func everyCandidateIsTriedOnceFortyAtOnce() {
        let all = candidates(140)
        var round = ProbeRound(candidates: all, schedule: ProbeSchedule(), dueAt: .distantFuture)
        #expect(round.total == 140)
        let result = play(&round) { _ in .reachable }
        #expect(Set(result.tried.map(\.feed)) == Set(all.map(\.feed)) && result.tried.count == 140)
        #expect(result.widest == 40)
        #expect(round.done == 140)
        #expect(round.nextDue == nil)
    }

    @Test func oneAHost() {
        var round = ProbeRound(
            candidates: candidates(20, host: "198.51.100.9:554") + candidates(5), schedule: ProbeSchedule(), dueAt: .distantFuture)
        let result = play(&round) { _ in .reachable }
        #expect(result.hostsWereApart)
        #expect(result.tried.count == 25)
    }

    @Test func aRecorderThatGivesNoConnectionIsOneFault() {
        let recorder = IntermediaryID.random()
        let channels = candidates(40, host: "198.51.100.9:554", intermediary: recorder)
        var round = ProbeRound(candidates: channels + candidates(3), schedule: ProbeSchedule(), dueAt: .distantFuture)
        let result = play(&round) { $0.intermediary == nil ? .reachable : .intermediaryUnreachable }
        #expect(result.tried.count { $0.intermediary != nil } == 1)
        #expect(result.inherited.count == 39)
        #expect(round.done == 43)
    }

    @Test func aRecorderThatAnswersIsGivenSixSessionsAfterItsFirst() {
        let channels = candidates(30, host: "203.0.113.9:554", intermediary: .random())
        var round = ProbeRound(
            candidates: channels, carriers: ["203.0.113.9:554"], schedule: ProbeSchedule(), dueAt: .distantFuture)
        let scout = round.next(now: noon).probes
        #expect(scout.count == 1)
        #expect(round.next(now: noon).probes.isEmpty)
        round.ended(scout[0], .reachable)
        let first = round.next(now: noon).probes
        #expect(first.count == 6)
        for candidate in first { round.ended(candidate, .reachable) }
        let rest = play(&round) { _ in .reachable }
        #expect(rest.tried.count == 23 && rest.widest <= 6)
    }

    /// The sessions that a recorder refuses once it has answered are its channels' own failures.
    @Test func aRecorderOutOfSessionsIsNotDown() {
        let channels = candidates(12, host: "203.0.113.9:554", intermediary: .random())
        var round = ProbeRound(
            candidates: channels, carriers: ["203.0.113.9:554"], schedule: ProbeSchedule(), dueAt: .distantFuture)
        var count = 0
        let result = play(&round) { _ in
            count += 1
            return count % 3 == 0 ? .intermediaryUnreachable : .reachable
        }
        #expect(result.tried.count == 12 && result.inherited.isEmpty)
    }

    /// A channel's own fault is not the recorder's.
    @Test func aDeadChannelDoesNotSpeakForTheRecorder() {
        let channels = candidates(10, host: "198.51.100.9:554", intermediary: .random())
        var round = ProbeRound(candidates: channels, schedule: ProbeSchedule(), dueAt: .distantFuture)
        let result = play(&round) { _ in .notFound }
        #expect(result.tried.count == 10 && result.inherited.isEmpty)
    }

    @Test func takesWhatIsDueAndKnowsWhenToComeBack() throws {
        let fresh = candidates(3, lastProbe: noon - 10)
        var round = ProbeRound(
            candidates: fresh + candidates(4, lastProbe: noon - 10_000), schedule: ProbeSchedule(), dueAt: noon)
        #expect(round.total == 4)
        #expect(play(&round) { _ in .reachable }.tried.count == 4)
        let next = try #require(round.nextDue)
        #expect(next > noon + 200 && next < noon + 400)
    }

    @Test func nothingToDoIsDoneAtOnce() {
        var round = ProbeRound(candidates: [], schedule: ProbeSchedule(), dueAt: .distantFuture)
        #expect(round.next(now: noon) == .init())
        #expect(round.total == 0 && round.nextDue == nil)
    }
}
