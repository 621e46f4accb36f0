import CameraRegistry
import Foundation
import GatewayCore
import Testing

struct ProbeScheduleTests {
    let now = Date(timeIntervalSince1970: 1_000_000)

    private func candidate(
        _ host: String, recorder: IntermediaryID? = nil, last: TimeInterval? = nil, failures: Int = 0
    ) -> ProbeSchedule.Candidate {
        .init(
            feed: FeedID(cameraPoint: .random()), hostKey: host, intermediary: recorder,
            lastProbe: last.map { now.addingTimeInterval($0) },
            failures: failures)
    }

    @Test func neverProbedIsDueAtOnceOneAHostAndBounded() {
        let many = (0..<100).map { candidate("h\($0 / 2)") }
        let due = ProbeSchedule().due(many, running: [], now: now)
        #expect(due.probes.count == 40)
        #expect(Set(due.probes.map(\.hostKey)).count == 40)
        let more = ProbeSchedule().due(many, running: due.probes, now: now)
        #expect(more.probes.isEmpty, "40 are running")
        let after = ProbeSchedule().due(many, running: Array(due.probes.prefix(30)), now: now)
        #expect(after.probes.count == 10)
        #expect(Set(after.probes.map(\.hostKey)).isDisjoint(with: due.probes.prefix(30).map(\.hostKey)))
    }

    @Test func intervalsAreJitteredAndFailuresRetriedSooner() {
        let schedule = ProbeSchedule()
        let waits = (0..<200).map { _ in schedule.dueTime(candidate("h", last: 0)).timeIntervalSince(now) }
        #expect(waits.allSatisfy { (270...330).contains($0) })
        #expect(Set(waits.map { Int($0) }).count > 30)
        #expect((54...66).contains(schedule.dueTime(candidate("h", last: 0, failures: 1)).timeIntervalSince(now)))
        let fresh = schedule.due([candidate("a", last: -10), candidate("b", last: -400)], running: [], now: now)
        #expect(fresh.probes.map(\.hostKey) == ["b"])
        #expect((fresh.next ?? .distantPast) > now)
    }

    @Test func downIntermediaryIsTriedByOneChannel() {
        let recorder = IntermediaryID.random()
        let channels = (0..<40).map { _ in candidate("r", recorder: recorder) }
        let other = candidate("x")
        let due = ProbeSchedule().due(channels + [other], running: [], down: [recorder], now: now)
        #expect(due.probes.count == 2)
        #expect(due.inheriting.count == 39)
        let scouting = ProbeSchedule().due(channels, running: [channels[0]], down: [recorder], now: now)
        #expect(scouting.probes.isEmpty)
        #expect(scouting.inheriting.count == 39)
    }
}
