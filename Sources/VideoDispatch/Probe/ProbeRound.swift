import CameraRegistry
import Foundation
import GatewayCore

/// The course of one round of probes. Pure: asks the schedule what may run next and remembers what ended.
///
/// A camera is given one connection. A recorder, a platform or a company's relay carries many cameras and is made for
/// several: it is given ``sessionsPerCarrier`` at once, but one until its first channel has answered. When that first
/// connection is refused the others inherit the fault without being tried.
struct ProbeRound: Sendable {
    static let sessionsPerCarrier = 6

    private let schedule: ProbeSchedule
    /// Candidates due at this time are taken; the distant future takes all.
    private let dueAt: Date
    private var waiting: [ProbeSchedule.Candidate]
    private var running: [ProbeSchedule.Candidate] = []
    private var answering: Set<IntermediaryID> = []
    private var down: Set<IntermediaryID> = []
    private(set) var done = 0
    let total: Int
    /// When the earliest of those not taken is due.
    let nextDue: Date?

    /// - Parameter carriers: host keys of recorders, platforms and relays.
    init(candidates: [ProbeSchedule.Candidate], carriers: Set<String> = [], schedule: ProbeSchedule, dueAt: Date) {
        self.schedule = schedule
        self.dueAt = dueAt
        var due: [ProbeSchedule.Candidate] = []
        var later: [Date] = []
        var sessions: [String: Int] = [:]
        for var candidate in candidates {
            let time = schedule.dueTime(candidate)
            guard time <= dueAt else {
                later.append(time)
                continue
            }
            if carriers.contains(candidate.hostKey) {
                let number = sessions[candidate.hostKey, default: 0]
                sessions[candidate.hostKey] = number + 1
                // The schedule gives each key one connection.
                candidate.hostKey += " session \(number % Self.sessionsPerCarrier)"
            }
            due.append(candidate)
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
        let inheriting = waiting.filter { $0.intermediary.map(down.contains) ?? false }
        waiting.removeAll { $0.intermediary.map(down.contains) ?? false }
        var scouted = Set(running.compactMap(\.intermediary))
        let eligible = waiting.filter { candidate in
            guard let intermediary = candidate.intermediary, !answering.contains(intermediary) else { return true }
            return scouted.insert(intermediary).inserted
        }
        let due = schedule.due(eligible, running: running, now: max(now, dueAt))
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
        if outcome == .intermediaryUnreachable {
            // A recorder that answered a moment ago is out of sessions rather than down.
            if !answering.contains(intermediary) { down.insert(intermediary) }
        } else {
            answering.insert(intermediary)
        }
    }
}
