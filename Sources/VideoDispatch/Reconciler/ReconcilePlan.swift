import Footage
import GatewayCore

/// What must be done so that what is held is what active links demand. Pure: any state in, the way to the right one out.
package struct ReconcilePlan: Sendable, Hashable {
    /// What one active link asks for.
    package struct Demand: Sendable, Hashable {
        package let link: LinkID
        package let incident: IncidentID
        /// Feeds to keep warm: what cells show, and what is recorded.
        package let feeds: Set<FeedID>
        /// Feed to record; `nil`: none.
        package let recorded: FeedID?

        package init(link: LinkID, incident: IncidentID, feeds: Set<FeedID>, recorded: FeedID?) {
            self.link = link
            self.incident = incident
            self.feeds = feeds
            self.recorded = recorded
        }

        /// Cells of a grid show `sub` where there is one; recording takes `main`.
        package init(_ link: Link, streams: Set<StreamRole>) {
            func feed(_ role: StreamRole) -> FeedID? {
                let other: StreamRole = role == .main ? .sub : .main
                guard let found = [role, other].first(where: streams.contains) else { return nil }
                return FeedID(cameraPoint: link.cameraPoint, stream: found)
            }
            let recorded = link.record ? feed(.main) : nil
            self.init(
                link: link.id, incident: link.incident, feeds: Set([feed(.sub), recorded].compactMap(\.self)), recorded: recorded)
        }
    }

    package enum Action: Sendable, Hashable {
        case release(FeedID, key: String)
        case hold(FeedID, key: String)
        case stopRecording(LinkID)
        case startRecording(RecordingRequest)
    }

    /// Key of a link's lease. Leases with another prefix are somebody else's and left alone.
    package static func key(_ link: LinkID) -> String { prefix + link.rawValue }
    static let prefix = "link:"

    /// - Parameters:
    ///   - held: the relay's leases.
    ///   - recorders: what each running recorder records.
    /// - Returns: holds before releases, so that a feed that stays wanted never closes; starts before holds are not needed.
    package static func actions(
        demands: [Demand], held: [FeedID: Set<String>], recorders: [LinkID: FeedID]
    ) -> [Action] {
        var holds: [Action] = []
        var releases: [Action] = []
        var starts: [Action] = []
        var stops: [Action] = []
        let byKey = Dictionary(demands.map { (key($0.link), $0) }, uniquingKeysWith: { first, _ in first })
        for demand in byKey.values.sorted(by: { $0.link < $1.link }) {
            let key = key(demand.link)
            for feed in demand.feeds.sorted(by: isBefore) where held[feed]?.contains(key) != true {
                holds.append(.hold(feed, key: key))
            }
            guard recorders[demand.link] != demand.recorded else { continue }
            if recorders[demand.link] != nil { stops.append(.stopRecording(demand.link)) }
            if let feed = demand.recorded {
                starts.append(.startRecording(RecordingRequest(link: demand.link, incident: demand.incident, feed: feed)))
            }
        }
        for (feed, keys) in held.sorted(by: { isBefore($0.key, $1.key) }) {
            for key in keys.sorted() where key.hasPrefix(prefix) && byKey[key]?.feeds.contains(feed) != true {
                releases.append(.release(feed, key: key))
            }
        }
        for link in recorders.keys.sorted() where byKey[key(link)] == nil { stops.append(.stopRecording(link)) }
        return stops + holds + starts + releases
    }

    private static func isBefore(_ left: FeedID, _ right: FeedID) -> Bool {
        (left.cameraPoint, left.stream.rawValue) < (right.cameraPoint, right.stream.rawValue)
    }
}
