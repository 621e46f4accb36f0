import Foundation
import GatewayCore

/// Which points are to be probed now (*what is due*). Pure: it is asked again and again, and never runs a probe.
///
/// A point never probed is due at once; a healthy one each `interval`, a failing one each `retryInterval`, both jittered by
/// up to a fifth, so that 158 cameras do not answer in step. One probe at a time a host, `concurrency` in all. While an
/// intermediary is down one of its channels is tried; the others inherit the fault without a connection.
package struct ProbeSchedule: Sendable {
    package var interval: TimeInterval = 300
    package var retryInterval: TimeInterval = 60
    package var concurrency = 40

    package init() {}

    /// A live-capable point as the schedule sees it.
    package struct Candidate: Sendable, Hashable {
        package var feed: FeedID
        /// What a host is told from another by: `host:port`.
        package var hostKey: String
        package var intermediary: IntermediaryID?
        package var lastProbe: Date?
        package var failures: Int

        package init(feed: FeedID, hostKey: String, intermediary: IntermediaryID? = nil, lastProbe: Date? = nil, failures: Int = 0)
        {
            self.feed = feed
            self.hostKey = hostKey
            self.intermediary = intermediary
            self.lastProbe = lastProbe
            self.failures = failures
        }

        /// `nil` for a point without a picture. Its main stream is what stands for its health.
        package init?(_ listing: CameraPointListing) {
            guard listing.point.isLiveCapable, let stream = listing.point.preferredStream(.main) else { return nil }
            self.init(
                feed: FeedID(cameraPoint: listing.point.id, stream: stream.role),
                hostKey: stream.url.scheme == .push
                    ? "push \(listing.point.id)" : "\(stream.url.host):\(stream.url.port)",
                intermediary: listing.point.intermediary,
                lastProbe: listing.health.lastProbe?.at, failures: listing.health.failures)
        }
    }

    package struct Due: Sendable, Hashable {
        /// To be probed now, in this order.
        package var probes: [Candidate] = []
        /// Due, but behind an intermediary that is down: to be written as `intermediaryUnreachable`.
        package var inheriting: [Candidate] = []
        /// When to ask again if nothing ends before; `nil` if there is nothing to wait for.
        package var next: Date?
    }

    /// - Parameters:
    ///   - running: what is being probed now.
    ///   - down: intermediaries whose last connection failed.
    package func due(
        _ candidates: [Candidate], running: [Candidate], down: Set<IntermediaryID> = [], now: Date
    ) -> Due {
        var due = Due()
        var hosts = Set(running.map(\.hostKey))
        let busy = Set(running.map(\.feed))
        var scouted = Set(running.compactMap(\.intermediary))
        var free = concurrency - running.count
        let timed = candidates.filter { !busy.contains($0.feed) }.map { (candidate: $0, at: dueTime($0)) }
            .sorted { ($0.at, $0.candidate.feed.cameraPoint) < ($1.at, $1.candidate.feed.cameraPoint) }
        for (candidate, at) in timed {
            guard at <= now else {
                due.next = at
                break
            }
            if let intermediary = candidate.intermediary, down.contains(intermediary) {
                guard scouted.insert(intermediary).inserted else {
                    due.inheriting.append(candidate)
                    continue
                }
            }
            guard free > 0, hosts.insert(candidate.hostKey).inserted else { continue }
            free -= 1
            due.probes.append(candidate)
        }
        return due
    }

    /// When the candidate's next probe is due; the distant past for one never probed.
    package func dueTime(_ candidate: Candidate) -> Date {
        guard let last = candidate.lastProbe else { return .distantPast }
        let period = candidate.failures > 0 ? retryInterval : interval
        return last.addingTimeInterval(period * (0.9 + 0.2 * Self.fraction(candidate.feed, last)))
    }

    /// 0..<1, the same for the same point and probe (FNV-1a), so that asking twice gives the same answer.
    private static func fraction(_ feed: FeedID, _ last: Date) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(feed)@\(last.timeIntervalSince1970)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Double(hash >> 11) / Double(UInt64(1) << 53)
    }
}
