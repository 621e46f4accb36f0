import GatewayCore
import NIOCore

/// What the relay keeps on one event loop: the feeds that live there and the viewers that are written from there.
///
/// ## Concurrency model
/// Confined to `eventLoop` but for `eventLoop` itself.
// SAFETY: all mutable state is touched on `eventLoop` only; every method checks with preconditionInEventLoop in debug.
final class MediaLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    private var feeds: [Feed] = []
    private var groups: [ViewerGroup] = []
    private var ticker: RepeatedTask?

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func add(_ feed: Feed) {
        eventLoop.assertInEventLoop()
        feeds.append(feed)
        startTicking()
    }

    func add(_ group: ViewerGroup) {
        eventLoop.assertInEventLoop()
        groups.append(group)
        startTicking()
    }

    private func startTicking() {
        guard ticker == nil else { return }
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in self?.tick() }
    }

    private func tick() {
        let now = NIODeadline.now()
        for feed in feeds { feed.tick(now: now) }
        for group in groups { group.tick(now: now) }
    }

    /// Ends everything on this loop.
    func shutdown() {
        eventLoop.assertInEventLoop()
        ticker?.cancel()
        ticker = nil
        for group in groups { group.evict(reason: .shutdown) { _ in true } }
        for feed in feeds { feed.shutdown() }
        feeds = []
        groups = []
    }
}
