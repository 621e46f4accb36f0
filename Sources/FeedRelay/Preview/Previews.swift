import GatewayCore
import NIOConcurrencyHelpers
import NIOCore

/// Pictures one after the other for clients without a video player: each key picture of a feed as JPEG, at most two a second,
/// made once for all who look.
///
/// ## Concurrency model
/// A lock guards who looks at what; it is taken when a view begins and ends. What flows is confined to each feed's loop.
package final class Previews: Sendable {
    /// Feeds whose pictures are decoded at once: each is a key picture of the decoder's time.
    static let feedLimit = 16
    static let viewerLimit = 64

    private struct Table {
        var previews: [FeedID: Preview] = [:]
        var viewers: [FeedID: Int] = [:]
    }

    private let stills: StillMaker
    private let table = NIOLockedValueBox(Table())

    /// - Parameter stills: of the size that is to be sent.
    package init(stills: StillMaker) { self.stills = stills }

    /// Takes a place among those who look, until ``leave(_:)``; `nil` if all are taken.
    func join(_ id: FeedID, relay: FeedRelay) -> Preview? {
        guard let feed = relay.feed(id) else { return nil }
        return table.withLockedValue { table in
            let count = table.viewers[id] ?? 0
            guard count > 0 || table.viewers.count < Self.feedLimit, table.viewers.values.reduce(0, +) < Self.viewerLimit else {
                return nil
            }
            table.viewers[id] = count + 1
            if let preview = table.previews[id] { return preview }
            let preview = Preview(feed: feed, stills: stills, relay: relay)
            table.previews[id] = preview
            return preview
        }
    }

    func leave(_ id: FeedID) {
        table.withLockedValue { table in
            let count = (table.viewers[id] ?? 0) - 1
            table.viewers[id] = count > 0 ? count : nil
        }
    }
}

/// One feed's pictures, while somebody looks.
// SAFETY: mutable state is touched on the feed's loop only.
final class Preview: @unchecked Sendable {
    private static let period: TimeAmount = .milliseconds(500)
    /// An unchanged picture is sent again after this long: a client that is gone is noticed.
    private static let repetition: TimeAmount = .seconds(5)
    /// Without any picture for this long the views end.
    private static let patience: TimeAmount = .seconds(30)

    let feed: Feed
    private let stills: StillMaker
    private let relay: FeedRelay
    private var viewers: [PreviewViewer] = []
    private var ticker: RepeatedTask?
    private var isMaking = false
    private var last: (jpeg: [UInt8], part: ByteBuffer, sentAt: NIODeadline)?
    private var lastPictureAt = NIODeadline.now()

    init(feed: Feed, stills: StillMaker, relay: FeedRelay) {
        self.feed = feed
        self.stills = stills
        self.relay = relay
    }

    /// On the feed's loop.
    func join(_ viewer: PreviewViewer) {
        viewers.append(viewer)
        feed.viewerCame()
        let group = feed.group(on: viewer.eventLoop)
        let part = last?.part
        viewer.eventLoop.execute {
            guard !viewer.isGone else { return }
            group.admit(viewer)
            if let part { viewer.deliver(part) }
        }
        guard ticker == nil else { return }
        lastPictureAt = .now()
        let bound = NIOLoopBound(self, eventLoop: feed.loop)
        ticker = feed.loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.period) { _ in bound.value.tick() }
    }

    /// On the feed's loop.
    func leave(_ viewer: PreviewViewer) {
        guard let index = viewers.firstIndex(where: { $0 === viewer }) else { return }
        viewers.remove(at: index)
        let group = feed.group(on: viewer.eventLoop)
        viewer.eventLoop.execute { group.dismiss(viewer) }
        if viewers.isEmpty {
            ticker?.cancel()
            ticker = nil
            last = nil
        }
        feed.viewerLeft()
    }

    private func tick() {
        let now = NIODeadline.now()
        if now - lastPictureAt >= Self.patience {
            for viewer in viewers { viewer.eventLoop.execute { viewer.revoke(.feedEnded) } }
        }
        guard !isMaking else { return }
        isMaking = true
        let (id, relay, stills) = (feed.id, relay, stills)
        let made = feed.loop.makeFutureWithTask { try await stills.still(of: id, relay: relay) }
        made.assumeIsolated().whenComplete { result in
            self.isMaking = false
            if case .success(let jpeg) = result { self.made(jpeg) }
        }
    }

    private func made(_ jpeg: [UInt8]) {
        let now = NIODeadline.now()
        guard !viewers.isEmpty else { return }
        if let last, last.jpeg == jpeg {
            guard now - last.sentAt >= Self.repetition else { return }
        } else {
            lastPictureAt = now
        }
        let part = last.flatMap { $0.jpeg == jpeg ? $0.part : nil } ?? PreviewViewer.part(jpeg)
        last = (jpeg, part, now)
        for viewer in viewers { viewer.eventLoop.execute { viewer.deliver(part) } }
    }
}
