import DecoderProcess
import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import RTSP

/// Pulls cameras once and gives them to all who may see them: leases and viewers come in here, feeds run on the loops.
///
/// Knows no store and no incident: a ``SourceDirectory`` says where a feed comes from, a ``ViewerGate`` who may view it.
///
/// ## Concurrency model
/// The table of feeds is behind a lock that only opening a view, a lease or a probe takes; never a packet.
package final class FeedRelay: Sendable {
    let gate: any ViewerGate
    let options: FeedOptions
    let hls = HLSViews()
    let environment: FeedEnvironment
    let loops: [MediaLoop]
    let table = NIOLockedValueBox(Table())

    struct Table {
        var feeds: [FeedID: Feed] = [:]
        /// By the feed that each is made of.
        var transcodes: [FeedID: Feed] = [:]
        var nextNumber: UInt32 = 1
        var isShutDown = false
    }

    /// - Parameters:
    ///   - transcodes: as many may run at once; 0: none is made.
    ///   - soundEncoders: as many feeds' G.711 may be made into AAC at once; 0: none is.
    ///   - stateChanged: called on event loops whenever a feed's state changes; must not block.
    package init(
        group: any EventLoopGroup, directory: any SourceDirectory, gate: any ViewerGate, dialer: any Dialer = SystemDialer(),
        demuxer: DemuxerProcess.Configuration? = nil, transcodes: Int = 2, soundEncoders: Int = 16,
        options: FeedOptions = FeedOptions(), logger: Logger,
        stateChanged: @escaping @Sendable (FeedID, FeedState) -> Void = { _, _ in }
    ) {
        self.gate = gate
        self.options = options
        let loops = group.makeIterator().map { MediaLoop(eventLoop: $0) }
        self.loops = loops
        self.environment = FeedEnvironment(
            directory: directory, dialer: dialer, demuxer: demuxer, transcodes: TranscodeSlots(limit: transcodes),
            sounds: TranscodeSlots(limit: soundEncoders), options: options,
            logger: logger, stateChanged: stateChanged,
            mediaLoop: { eventLoop in loops.first { $0.eventLoop === eventLoop } })
    }

    /// The feed, made if there is none; `nil` once the relay is shut down.
    func feed(_ id: FeedID) -> Feed? {
        table.withLockedValue { table in
            if let feed = table.feeds[id] { return feed }
            guard !table.isShutDown, !loops.isEmpty else { return nil }
            let mediaLoop = loops[Int(table.nextNumber) % loops.count]
            let feed = Feed(id: id, number: table.nextNumber, loop: mediaLoop.eventLoop, environment: environment)
            table.nextNumber &+= 1
            table.feeds[id] = feed
            mediaLoop.eventLoop.execute { mediaLoop.add(feed) }
            return feed
        }
    }

    func existing(_ id: FeedID) -> Feed? { table.withLockedValue { $0.feeds[id] } }
    private var all: [Feed] { table.withLockedValue { Array($0.feeds.values) } }
    private var allWithTranscodes: [Feed] { table.withLockedValue { Array($0.feeds.values) + Array($0.transcodes.values) } }

    // MARK: Leases

    /// Keeps the feed open until ``release(_:for:)`` with the same key. Idempotent. A feed that waits to retry is tried
    /// at once.
    package func hold(_ id: FeedID, for key: String) {
        guard let feed = feed(id) else { return }
        feed.loop.execute { feed.hold(key) }
    }

    package func release(_ id: FeedID, for key: String) {
        guard let feed = existing(id) else { return }
        feed.loop.execute { feed.release(key) }
    }

    package func heldLeases() async -> [FeedID: Set<String>] {
        var held: [FeedID: Set<String>] = [:]
        for feed in all {
            let leases = try? await feed.loop.submit { feed.leases }.get()
            if let leases, !leases.isEmpty { held[feed.id] = leases }
        }
        return held
    }

    // MARK: Probes, snapshots, recorders

    /// The feed's pictures go to a probe, from its cached key picture on; opens the feed if it is cold.
    /// - Throws: ``FeedFailure`` with the outcome of the attempt.
    package func tap(_ id: FeedID, into reader: any FeedReader) async throws -> ProbeTap {
        guard let feed = feed(id) else { throw FeedFailure(outcome: .unreachable, message: "the gateway is shutting down") }
        return try await feed.loop.flatSubmit { feed.tap(into: reader) }.get()
    }

    /// The newest key picture: the cached one, else the next.
    /// - Throws: ``FeedFailure``.
    package func keyFrame(of id: FeedID, timeout: Duration = .seconds(8)) async throws -> KeyFrame {
        guard let feed = feed(id) else { throw FeedFailure(outcome: .unreachable, message: "the gateway is shutting down") }
        return try await feed.loop.flatSubmit { feed.keyFrame(within: timeout) }.get()
    }

    package func attach(_ sink: any FragmentSink, to id: FeedID) {
        guard let feed = feed(id) else { return }
        feed.loop.execute { feed.attach(sink) }
    }

    package func detach(_ sink: any FragmentSink, from id: FeedID) {
        guard let feed = existing(id) else { return }
        feed.loop.execute { feed.detach(sink) }
    }

    // MARK: Views

    /// Ends every view that matches, wherever it is served, within a loop's turn.
    package func evict(where isEvicted: @escaping @Sendable (ViewGrant) -> Bool) {
        for feed in allWithTranscodes {
            feed.loop.execute {
                for group in feed.groups { group.eventLoop.execute { group.evict(reason: .evicted, where: isEvicted) } }
            }
        }
    }

    package func state(of id: FeedID) async -> FeedState {
        guard let feed = existing(id) else { return .closed }
        return (try? await feed.loop.submit { feed.publishedState }.get()) ?? .closed
    }

    /// Feeds that were ever opened, in no order; closed ones among them.
    package func statistics() async -> [FeedStatistics] {
        var result: [FeedStatistics] = []
        for feed in all {
            if let figures = try? await feed.loop.submit({ feed.statistics }).get() { result.append(figures) }
        }
        return result
    }

    /// One feed with its viewers and those of its transcode; `nil` for one that was never opened.
    package func statistics(
        of id: FeedID
    ) async -> (feed: FeedStatistics, viewers: [ViewerFigures], transcodeViewers: [ViewerFigures])? {
        guard let feed = existing(id) else { return nil }
        let asked = feed.loop.submit { (feed.statistics, feed.groups, feed.derived?.groups ?? []) }
        guard let (figures, groups, derived) = try? await asked.get() else { return nil }
        return (figures, await Self.viewers(of: groups), await Self.viewers(of: derived))
    }

    private static func viewers(of groups: [ViewerGroup]) async -> [ViewerFigures] {
        var viewers: [ViewerFigures] = []
        for group in groups { viewers += (try? await group.eventLoop.submit { group.figures }.get()) ?? [] }
        return viewers
    }

    /// The camera's address or credentials changed: the next connection uses them, at once if there is one.
    package func sourceChanged(_ id: FeedID) {
        guard let feed = existing(id) else { return }
        feed.loop.execute {
            feed.checkPublisher()
            feed.reconnect()
        }
    }

    // MARK: Publishers

    /// Ends every publishing that matches, within a loop's turn.
    package func endPublications(where isEnded: @escaping @Sendable (PublishGrant) -> Bool) {
        for feed in all {
            feed.loop.execute {
                if let publisher = feed.publisher, isEnded(publisher.grant) { feed.end(publisher, because: .revoked) }
            }
        }
    }

    /// Who publishes the feed now.
    package func publisher(of id: FeedID) async -> PublishGrant? {
        guard let feed = existing(id) else { return nil }
        return try? await feed.loop.submit { feed.publisher?.grant }.get()
    }

    /// Kilobits a second: four times what the registry declares, for key pictures and busy streets, and 8 Mbit/s at least.
    func publishingRate(of id: FeedID) -> Int {
        guard let declared = environment.directory.source(of: id)?.declaredKbps else { return options.publishingRateKbps }
        return max(8_000, 4 * min(declared, 1_000_000))
    }

    /// Closes every camera and viewer. Nothing opens after this.
    package func shutdown() async {
        table.withLockedValue { $0.isShutDown = true }
        for mediaLoop in loops { try? await mediaLoop.eventLoop.submit { mediaLoop.shutdown() }.get() }
    }
}

extension FeedRelay {
    /// What is known of a feed without asking its camera.
    package struct Glance: Sendable {
        package let state: FeedState
        /// `video/mp4; codecs="…"`; `nil` while the camera has not told.
        package let mimeType: String?
    }

    /// `nil` for a feed that was never opened.
    package func glance(at id: FeedID) async -> Glance? { await glance(at: Rendition(id)) }

    func glance(at rendition: Rendition) async -> Glance? {
        guard let feed = existing(rendition) else { return nil }
        return try? await feed.loop.submit {
            Glance(state: feed.publishedState, mimeType: feed.stage?.mimeType ?? feed.description?.mimeType)
        }.get()
    }
}
