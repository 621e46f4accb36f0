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
        var receivedBytes: Int64
        var receivedFrames: Int
        var losses: LossesBody
        var sentBytes: Int64
        var sentFrames: Int
        var skippedFrames: Int
        @OrNull var latenessMs: Double?
        var reordered: Bool
        /// Seconds by which the camera's clock is ahead of the gateway's; null where it has none that can be believed.
        @OrNull var cameraClockOffset: Double?
        var cameraClockChanges: Int
        /// Its video as H.264 for browsers that play nothing else; null while nobody needs it.
        @OrNull var transcode: TranscodeBody?
        /// `AAC`, `PCMA`, `PCMU`, or why there is no sound; null where the point carries none.
        @OrNull var audio: String?

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
            receivedBytes = statistics.receivedBytes
            receivedFrames = statistics.receivedFrames
            losses = LossesBody(statistics.losses)
            sentBytes = statistics.sent.bytes
            sentFrames = statistics.sent.frames
            skippedFrames = statistics.sent.skipped
            latenessMs = statistics.latenessMilliseconds
            cameraClockOffset = statistics.cameraClockOffset
            cameraClockChanges = statistics.cameraClockChanges
            reordered = statistics.reordered
            audio = statistics.audio
            transcode = statistics.transcode.flatMap { $0.state == .closed ? nil : TranscodeBody($0) }
        }
    }

    struct TranscodeBody: Encodable, Sendable {
        var state: String
        var viewers: Int
        @OrNull var width: Int?
        @OrNull var height: Int?
        var bitRateKbps: Double
        var frameRate: Double
        var restarts: Int
        var sentBytes: Int64
        var skippedFrames: Int

        init(_ statistics: TranscodeStatistics) {
            state = statistics.state.name
            viewers = statistics.viewers
            width = statistics.width
            height = statistics.height
            bitRateKbps = statistics.bitRateKbps
            frameRate = statistics.frameRate
            restarts = statistics.restarts
            sentBytes = statistics.sent.bytes
            skippedFrames = statistics.sent.skipped
        }
    }

    struct LossesBody: Encodable, Sendable {
        var lostPackets: Int
        var malformedPackets: Int
        var oversizedUnits: Int
        var damagedKeyUnits: Int
        var unpackedUnits: Int
        var lostFramings: Int
        var rebases: Int

        init(_ losses: FeedLosses) {
            lostPackets = losses.lostPackets
            malformedPackets = losses.malformedPackets
            oversizedUnits = losses.oversizedUnits
            damagedKeyUnits = losses.damagedKeyUnits
            unpackedUnits = losses.unpackedUnits
            lostFramings = losses.lostFramings
            rebases = losses.rebases
        }
    }

    struct ViewerBody: Encodable, Sendable {
        var viewId: String
        var medium: String
        var purpose: String
        var peer: String
        var bytes: Int64
        var frames: Int
        var skippedFrames: Int
        var queuedBytes: Int
        @OrNull var latenessMs: Double?
        /// It is given the feed's transcode.
        var transcoded: Bool

        init(_ figures: ViewerFigures, transcoded: Bool) {
            self.transcoded = transcoded
            viewId = figures.viewID.rawValue
            medium = figures.medium.rawValue
            purpose = figures.purpose.rawValue
            peer = figures.peer
            bytes = figures.bytes
            frames = figures.frames
            skippedFrames = figures.skipped
            queuedBytes = figures.queuedBytes
            latenessMs = figures.latenessMilliseconds
        }
    }

    struct DetailBody: Encodable, Sendable {
        var feed: FeedBody
        var viewers: [ViewerBody]
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "feeds", .right(.feed, .read)) { _ in
            let feeds = await services.relay.statistics().sorted { $0.feed.description < $1.feed.description }
            return try .json(ListBody(whole: feeds.map(FeedBody.init)))
        }
        // The feed's name is `POINT/STREAM`.
        table.on(.get, "feeds/:point/:stream", .right(.feed, .read)) { call in
            let point = try call.identifier("point", CameraPointSubject.self)
            guard let stream = call.parameter("stream").flatMap(StreamRole.init(rawValue:)),
                let (feed, viewers, transcodeViewers) = await services.relay.statistics(
                    of: FeedID(cameraPoint: point, stream: stream))
            else { throw GatewayError(.notFound, "feedNotFound", "没有这路实时流。", remedy: "它还没有被拉取过。") }
            let all =
                viewers.map { ViewerBody($0, transcoded: false) } + transcodeViewers.map { ViewerBody($0, transcoded: true) }
            return try .json(DetailBody(feed: FeedBody(feed), viewers: all))
        }
    }
}
