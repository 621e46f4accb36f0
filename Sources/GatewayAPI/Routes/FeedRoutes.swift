import Accounts
import FeedRelay
import GatewayCore

/// `feeds`: what flows now, with counters.
struct FeedRoutes {
    struct FeedBody: Encodable, Sendable {
        var feed: String
        var cameraPointId: String
        var stream: String
        var state: String
        var leases: Int
        var viewers: Int
        @OrNull var codec: String?
        @OrNull var width: Int?
        @OrNull var height: Int?
        var bitRateKbps: Double
        var frameRate: Double
        var reconnects: Int
        var cacheBytes: Int
        @OrNull var gopSeconds: Double?
        var skippedFrames: Int
        var lostPackets: Int
        var rebases: Int
        var reordered: Bool
        /// Seconds by which the camera's clock is ahead of the gateway's; null where it has none that can be believed.
        @OrNull var cameraClockOffset: Double?
        var cameraClockChanges: Int

        init(_ statistics: FeedStatistics) {
            feed = statistics.feed.description
            cameraPointId = statistics.feed.cameraPoint.rawValue
            stream = statistics.feed.stream.rawValue
            state = statistics.state.name
            leases = statistics.leases
            viewers = statistics.viewers
            codec = statistics.codec?.rawValue
            width = statistics.width
            height = statistics.height
            bitRateKbps = statistics.bitRateKbps
            frameRate = statistics.frameRate
            reconnects = statistics.reconnects
            cacheBytes = statistics.cacheBytes
            gopSeconds = statistics.gopSeconds
            skippedFrames = statistics.skippedFrames
            lostPackets = statistics.lostPackets
            rebases = statistics.rebases
            cameraClockOffset = statistics.cameraClockOffset
            cameraClockChanges = statistics.cameraClockChanges
            reordered = statistics.reordered
        }
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "feeds", .right(.feed, .read)) { _ in
            let feeds = await services.relay.statistics().sorted { $0.feed.description < $1.feed.description }
            return try .json(ListBody(whole: feeds.map(FeedBody.init)))
        }
    }
}
