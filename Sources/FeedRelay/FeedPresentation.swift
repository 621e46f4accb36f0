import Foundation
import GatewayCore
import NIOCore
import RTSP

/// What the gateway's RTSP server plays: feeds, to those whose ticket the gate takes.
///
/// `rtsp://host:8554/feeds/POINT/main?ticket=…`; the ticket alone decides, the path is for people.
package struct FeedPresentations: PresentationDirectory {
    private let relay: FeedRelay

    package init(relay: FeedRelay) { self.relay = relay }

    package func presentation(
        for request: PresentationRequest, on eventLoop: any EventLoop
    ) -> EventLoopFuture<PresentationAnswer> {
        guard let ticket = Self.ticket(request.query) else { return refuse(401, on: eventLoop) }
        switch relay.gate.admit(ViewRequest(ticket: ticket, medium: .rtsp, peer: request.peer)) {
        case .refused(let error):
            return refuse(error.code == .unauthenticated ? 401 : 403, on: eventLoop)
        case .granted(let grant):
            guard let feed = relay.feed(grant.feed) else { return refuse(503, on: eventLoop) }
            return open(feed, grant: grant, peer: request.peer, on: eventLoop)
        }
    }

    private func open(
        _ feed: Feed, grant: ViewGrant, peer: String, on eventLoop: any EventLoop
    ) -> EventLoopFuture<PresentationAnswer> {
        let relay = relay
        let answer: @Sendable (FeedDescription, ViewerGroup) -> PresentationAnswer = { description, group in
            let presentation = FeedPresentation(
                feed: feed, group: group, grant: grant, peer: peer, sessionDescription: description.sdpWithSound,
                eventLoop: eventLoop, relay: relay, audioEra: description.audio?.era)
            // What ended while the camera was asked found no view yet.
            guard relay.gate.isStillGood(grant) else {
                presentation.teardown()
                return .refused(status: 403, headers: RTSPHeaders())
            }
            return .presentation(presentation)
        }
        // A feed that ran before and had a viewer from this loop: no hop.
        let (description, group) = feed.known.withLock { known in
            (known.description, known.groups.first { $0.eventLoop === eventLoop })
        }
        if let description, let group {
            feed.loop.execute { feed.viewerCame() }
            return eventLoop.makeSucceededFuture(answer(description, group))
        }
        return feed.loop.flatSubmit {
            feed.viewerCame()
            let group = feed.group(on: eventLoop)
            let described = feed.whenDescribed()
            described.whenFailure { _ in feed.loop.execute { feed.viewerLeft() } }
            return described.map { ($0, group) }
        }
        .hop(to: eventLoop)
        .map(answer)
        .flatMapErrorThrowing { error in
            let outcome = (error as? FeedFailure)?.outcome
            return .refused(status: outcome == .timeout ? 504 : 503, headers: ["Retry-After": "5"])
        }
    }

    private func refuse(_ status: Int, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
        eventLoop.makeSucceededFuture(.refused(status: status, headers: RTSPHeaders()))
    }

    /// The value of `ticket` in a query string.
    static func ticket(_ query: String?) -> String? {
        query?.split(separator: "&").lazy.compactMap { $0.hasPrefix("ticket=") ? String($0.dropFirst(7)) : nil }.first
    }
}

/// One RTSP client's view of a feed. Confined to its connection's loop.
final class FeedPresentation: Presentation, AdmittedView {
    let sessionDescription: String
    let grant: ViewGrant
    private let feed: Feed
    private let group: ViewerGroup
    private let peer: String
    private let eventLoop: any EventLoop
    private let relay: FeedRelay
    private var viewer: FeedViewer?
    private weak var pausedSink: (any InterleavedSink)?
    private var writtenBefore: Int64 = 0
    private var hasStarted = false
    private var isTornDown = false
    private var revoked: ViewEndReason?
    /// Of the sound in the description.
    private let audioEra: Int?
    private var takesAudio = false

    init(
        feed: Feed, group: ViewerGroup, grant: ViewGrant, peer: String, sessionDescription: String, eventLoop: any EventLoop,
        relay: FeedRelay, audioEra: Int? = nil
    ) {
        self.audioEra = audioEra
        self.feed = feed
        self.group = group
        self.grant = grant
        self.peer = peer
        self.sessionDescription = sessionDescription
        self.eventLoop = eventLoop
        self.relay = relay
        group.admit(self)
    }

    func challenge(_ request: RTSPRequest) -> RTSPResponse? { revoked == nil ? nil : RTSPResponse(status: 403) }

    func setUpAudio() -> Bool {
        takesAudio = audioEra != nil
        return takesAudio
    }

    func revoke(_ reason: ViewEndReason) {
        guard revoked == nil else { return }
        revoked = reason
        viewer?.end(reason)
        pausedSink?.close()
    }

    func play(into sink: any InterleavedSink) { start(into: sink) { _ in } }

    /// The answer waits for the cached GOP, with which it leaves in one write.
    func start(into sink: any InterleavedSink, answer: @escaping (PacketPosition?) -> Void) {
        guard viewer == nil, !isTornDown, revoked == nil else { return answer(nil) }
        let viewer = FeedViewer(
            grant: grant, sink: sink, queueLimit: relay.options.viewerQueueBytes, peer: peer, audioEra: takesAudio ? audioEra : nil,
            opening: answer)
        self.viewer = viewer
        let (feed, loop) = (feed, eventLoop)
        if feed.loop === loop { feed.join(viewer, on: loop) } else { feed.loop.execute { feed.join(viewer, on: loop) } }
        guard !hasStarted else { return }
        hasStarted = true
        relay.gate.viewStarted(grant, medium: .rtsp, peer: peer)
    }

    func pause() {
        guard let viewer else { return }
        self.viewer = nil
        pausedSink = viewer.sink
        writtenBefore += viewer.bytes
        viewer.gone()
        let (feed, loop) = (feed, eventLoop)
        feed.loop.execute { feed.leave(viewer, on: loop) }
    }

    func teardown() {
        guard !isTornDown else { return }
        isTornDown = true
        let reason = viewer?.endReason ?? revoked ?? .left
        pause()
        group.dismiss(self)
        let feed = feed
        feed.loop.execute { feed.viewerLeft() }
        if hasStarted { relay.gate.viewEnded(grant, bytes: writtenBefore, reason: reason) }
    }
}
