import Foundation
import GatewayCore
import NIOCore

/// The one media connection of a console: an endless chunked response that carries every cell's feed.
///
/// ## Concurrency model
/// Confined to the loop of its channel, but for `update` and `closeFromAnywhere`, which hop there.
// SAFETY: mutable state is touched on `channel.eventLoop` only.
final class ConsoleConnection: @unchecked Sendable {
    let output: HTTPMediaOutput
    let console: Console
    let peer: String
    private let relay: FeedRelay
    private var cells: [Rendition: ConsoleCell] = [:]
    private var keepalive: RepeatedTask?
    private var isClosed = false

    init(output: HTTPMediaOutput, console: Console, relay: FeedRelay, peer: String) {
        self.output = output
        self.console = console
        self.relay = relay
        self.peer = peer
    }

    private var eventLoop: any EventLoop { output.eventLoop }

    func open() {
        guard console.attach(self) else { return output.close() }
        keepalive = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(5), delay: .seconds(5)) { [weak self] _ in
            guard let self else { return }
            output.write(ConsoleMessage.keepalive())
            output.flush()
            if output.isStalled(longerThan: TimeAmount(relay.options.viewerStallTime)) { output.close() }
        }
        reconcile()
    }

    /// The console's wishes changed.
    func update() { eventLoop.execute { self.reconcile() } }
    func closeFromAnywhere() { eventLoop.execute { self.output.close() } }

    private func reconcile() {
        guard !isClosed else { return }
        let wanted = console.wantedGrants
        for (rendition, cell) in cells where wanted[rendition]?.viewID != cell.grant.viewID {
            cells[rendition] = nil
            finish(cell, reason: .left)
        }
        for (rendition, grant) in wanted where cells[rendition] == nil {
            guard let feed = relay.feed(rendition) else { continue }
            let cell = ConsoleCell(grant: grant, feed: feed, connection: self, queueLimit: relay.options.viewerQueueBytes)
            cells[rendition] = cell
            let loop = eventLoop
            feed.loop.execute { feed.join(cell, on: loop) }
            relay.gate.viewStarted(grant, medium: .console, peer: peer)
        }
    }

    /// The relay ended this cell's view: the operator is told why the picture stops.
    func ended(_ cell: ConsoleCell, reason: ViewEndReason) {
        let rendition = Rendition(cell.grant.feed, isTranscoded: cell.feed.origin != nil)
        guard cells[rendition] === cell else { return }
        cells[rendition] = nil
        console.forget(cell.grant)
        output.write(ConsoleMessage.state(feed: cell.feed.number, json: FeedStateReport.gone(reason)))
        output.flush()
        finish(cell, reason: reason)
    }

    private func finish(_ cell: ConsoleCell, reason: ViewEndReason) {
        cell.gone()
        let (feed, loop) = (cell.feed, eventLoop)
        feed.loop.execute { feed.leave(cell, on: loop) }
        relay.gate.viewEnded(cell.grant, bytes: cell.bytes, reason: reason)
    }

    /// The channel is closed.
    func channelClosed() {
        guard !isClosed else { return }
        isClosed = true
        keepalive?.cancel()
        console.detach(self)
        for cell in cells.values { finish(cell, reason: output.isStalledNow ? .stalled : .left) }
        cells = [:]
    }
}

/// One feed on a console's connection.
// SAFETY: mutable state is touched on the connection's loop only.
final class ConsoleCell: FragmentViewer, @unchecked Sendable {
    let grant: ViewGrant
    let feed: Feed
    private weak var connection: ConsoleConnection?
    private let queueLimit: Int
    private var isWaitingForKey = true
    let medium = ViewMedium.console
    var meter = ViewerMeter()
    var bytes: Int64 { meter.bytes }
    var output: HTTPMediaOutput? { connection?.output }
    var peer: String { connection?.peer ?? "" }
    private(set) var isGone = false

    init(grant: ViewGrant, feed: Feed, connection: ConsoleConnection, queueLimit: Int) {
        self.grant = grant
        self.feed = feed
        self.connection = connection
        self.queueLimit = queueLimit
    }

    func begin(_ start: FragmentStart) {
        guard !isGone, let output else { return }
        output.write(start.message)
        isWaitingForKey = start.backlog.isEmpty
        for fragment in start.backlog {
            output.write(fragment.message)
            meter.wrote(fragment.message.readableBytes, cachedFrames: 1)
        }
        output.flush()
    }

    func deliver(_ fragment: MediaFragment) {
        guard !isGone, let output else { return }
        if isWaitingForKey {
            guard fragment.isKey else { return meter.skip() }
            isWaitingForKey = false
        }
        let size = fragment.message.readableBytes
        guard output.pendingBytes + size <= queueLimit else {
            meter.skip()
            isWaitingForKey = true
            output.write(ConsoleMessage.gap(feed: feed.number))
            return
        }
        output.write(fragment.message)
        output.flush()
        meter.wrote(size, arrival: fragment.arrival, position: output.written, pending: output.pendingBytes)
    }

    func deliver(_ state: FeedState) {
        guard !isGone, let output else { return }
        output.write(ConsoleMessage.state(feed: feed.number, json: FeedStateReport.json(state)))
        output.flush()
    }

    func overdue(now: NIODeadline, date: Date, stallTime: TimeAmount) -> ViewEndReason? {
        grant.endsAt.map { date >= $0 } ?? false ? .expired : nil
    }

    func end(_ reason: ViewEndReason) { connection?.ended(self, reason: reason) }
    func gone() { isGone = true }
}

/// What a cell is told of its feed, as JSON.
enum FeedStateReport {
    static func json(_ state: FeedState) -> String {
        switch state {
        case .connecting: text("connecting")
        case .live: text("live")
        case .stale(let since): text("stale", ageMilliseconds: Int(-since.timeIntervalSinceNow * 1_000))
        case .backingOff(_, let failure): text("stale", error: "\(failure.outcome.rawValue): \(failure.message)")
        case .closed: text("gone")
        }
    }

    static func gone(_ reason: ViewEndReason) -> String { text("gone", error: reason.rawValue) }

    private struct Body: Encodable {
        var state: String
        var error: String?
        var lastFrameAgeMs: Int?
    }

    private static func text(_ state: String, error: String? = nil, ageMilliseconds: Int? = nil) -> String {
        let body = Body(state: state, error: error, lastFrameAgeMs: ageMilliseconds)
        return (try? JSONEncoder().encode(body)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
