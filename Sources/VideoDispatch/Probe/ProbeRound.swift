import CameraRegistry
import Foundation
import GatewayCore

/// The course of one round of probes. Pure: asks the schedule what may run next and remembers what ended.
struct ProbeRound: Sendable {
    private let schedule: ProbeSchedule
    /// Candidates due at this time are taken; the distant future takes all.
    private let dueAt: Date
    private var waiting: [ProbeSchedule.Candidate]
    private var running: [ProbeSchedule.Candidate] = []
    /// Intermediaries that gave no connection in this round: the first channel that is tried tells for the others, which wait
    /// for it since they are on the same host.
    private var down: Set<IntermediaryID> = []
    private(set) var done = 0
    let total: Int
    /// When the earliest of those not taken is due.
    let nextDue: Date?

    init(candidates: [ProbeSchedule.Candidate], schedule: ProbeSchedule, dueAt: Date) {
        self.schedule = schedule
        self.dueAt = dueAt
        let (due, later) = candidates.reduce(into: ([ProbeSchedule.Candidate](), [Date]())) { parts, candidate in
            let time = schedule.dueTime(candidate)
            if time <= dueAt { parts.0.append(candidate) } else { parts.1.append(time) }
        }
        waiting = due
        total = due.count
        nextDue = later.min()
    }

    struct Turn: Sendable, Hashable {
        var probes: [ProbeSchedule.Candidate] = []
        var inheriting: [ProbeSchedule.Candidate] = []
    }

    /// What is to be begun now. Empty while everything left waits for a host or a place.
    mutating func next(now: Date) -> Turn {
        // The schedule would send a scout to an intermediary that is down; in this round it has had its scout.
        let inheriting = waiting.filter { $0.intermediary.map(down.contains) ?? false }
        waiting.removeAll { $0.intermediary.map(down.contains) ?? false }
        let due = schedule.due(waiting, running: running, now: max(now, dueAt))
        let taken = Set(due.probes.map(\.feed))
        waiting.removeAll { taken.contains($0.feed) }
        running += due.probes
        done += inheriting.count
        return Turn(probes: due.probes, inheriting: inheriting)
    }

    mutating func ended(_ candidate: ProbeSchedule.Candidate, _ outcome: ProbeOutcome) {
        running.removeAll { $0.feed == candidate.feed }
        done += 1
        guard let intermediary = candidate.intermediary else { return }
        if outcome == .intermediaryUnreachable { down.insert(intermediary) } else { down.remove(intermediary) }
    }
}
