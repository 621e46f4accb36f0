import Foundation
import GatewayCore
import NIOConcurrencyHelpers
import NIOCore

/// One person's view of a feed by HLS: one row in the register however many requests it makes, and over when none came for
/// a while.
///
/// ## Concurrency model
/// Its requests come on any connection's loop; a lock guards what they count. It is admitted, and ends, on `eventLoop`.
final class HLSView: AdmittedView, Sendable {
    let grant: ViewGrant
    let peer: String
    /// The last part of its address; whoever has it is the viewer.
    let token: String
    let feed: Feed
    let eventLoop: any EventLoop
    private let state = NIOLockedValueBox(State())

    private struct State {
        var bytes: Int64 = 0
        var lastAt = NIODeadline.now()
        var ended: ViewEndReason?
    }

    init(grant: ViewGrant, peer: String, token: String, feed: Feed, eventLoop: any EventLoop) {
        self.grant = grant
        self.peer = peer
        self.token = token
        self.feed = feed
        self.eventLoop = eventLoop
    }

    func asked() { state.withLockedValue { $0.lastAt = .now() } }

    func sent(_ bytes: Int) {
        state.withLockedValue {
            $0.bytes &+= Int64(bytes)
            $0.lastAt = .now()
        }
    }

    var bytes: Int64 { state.withLockedValue(\.bytes) }
    var ended: ViewEndReason? { state.withLockedValue(\.ended) }
    var lastAt: NIODeadline { state.withLockedValue(\.lastAt) }

    func revoke(_ reason: ViewEndReason) { state.withLockedValue { $0.ended = $0.ended ?? reason } }

    var figures: ViewerFigures? {
        ViewerFigures(
            viewID: grant.viewID, medium: .hls, purpose: grant.purpose, peer: peer, bytes: bytes, frames: 0, skipped: 0,
            queuedBytes: 0, latenessMilliseconds: nil)
    }
}

/// The views by HLS that are open, by the token in their address and by the ticket that opened them.
///
/// ## Concurrency model
/// Called on event loops; a lock guards the table. One look-up a request: no packet path.
final class HLSViews: Sendable {
    private struct Table {
        var views: [String: HLSView] = [:]
        var tokens: [String: String] = [:]
    }

    /// Without a request for this long a view is over.
    let pause: TimeAmount
    private let table = NIOLockedValueBox(Table())

    init(pause: TimeAmount = .seconds(20)) { self.pause = pause }

    func view(token: Substring) -> HLSView? { table.withLockedValue { $0.views[String(token)] } }

    /// The view that this ticket opened, if it goes on: players come back to the address that they were given.
    func view(ticket: String) -> HLSView? {
        table.withLockedValue { table in table.tokens[ticket].flatMap { table.views[$0] } }
    }

    /// Begins a view on `eventLoop`, its connection's; fails with `forbidden` if its right ended meanwhile.
    func open(
        _ grant: ViewGrant, ticket: String, feed: Feed, peer: String, gate: any ViewerGate, on eventLoop: any EventLoop
    ) -> EventLoopFuture<HLSView> {
        let group = feed.loop.submit { () -> ViewerGroup in
            feed.joinHLS()
            return feed.group(on: eventLoop)
        }
        return group.hop(to: eventLoop).flatMapThrowing { group in
            let view = HLSView(grant: grant, peer: peer, token: Self.token(), feed: feed, eventLoop: eventLoop)
            group.admit(view)
            guard gate.isStillGood(grant) else {
                group.dismiss(view)
                feed.loop.execute { feed.leaveHLS() }
                throw GatewayError(.forbidden, "ended", "播放凭证所依据的关联或登录已结束")
            }
            self.table.withLockedValue { table in
                table.views[view.token] = view
                table.tokens[ticket] = view.token
            }
            gate.viewStarted(grant, medium: .hls, peer: peer)
            self.watch(view, ticket: ticket, group: group, gate: gate)
            return view
        }
    }

    /// Looks once a second whether it ended or went quiet.
    private func watch(_ view: HLSView, ticket: String, group: ViewerGroup, gate: any ViewerGate) {
        view.eventLoop.scheduleTask(in: min(pause, .seconds(1))) {
            let reason = view.ended ?? (NIODeadline.now() - view.lastAt >= self.pause ? .left : nil)
            guard let reason else { return self.watch(view, ticket: ticket, group: group, gate: gate) }
            view.revoke(reason)
            self.table.withLockedValue { table in
                table.views[view.token] = nil
                if table.tokens[ticket] == view.token { table.tokens[ticket] = nil }
            }
            group.dismiss(view)
            let feed = view.feed
            feed.loop.execute { feed.leaveHLS() }
            gate.viewEnded(view.grant, bytes: view.bytes, reason: reason)
        }
    }

    /// 128 bits that nobody guesses.
    private static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let text = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}
