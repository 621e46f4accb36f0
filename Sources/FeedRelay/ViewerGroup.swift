import Foundation
import GatewayCore
import NIOCore

/// A view that the gate let in and that need not play. Confined to the event loop of its connection.
protocol AdmittedView: AnyObject {
    var grant: ViewGrant { get }
    /// It may not go on, nor begin any more.
    func revoke(_ reason: ViewEndReason)
    /// Of a view that is no viewer of the group.
    var figures: ViewerFigures? { get }
}

extension AdmittedView {
    var figures: ViewerFigures? { nil }
}

/// The viewers of one feed whose connections live on one event loop: an access unit crosses to them in one hop.
///
/// ## Concurrency model
/// Confined to `eventLoop`. The feed's loop calls by `execute` alone, so units arrive in order.
// SAFETY: mutable state is touched on `eventLoop` only.
final class ViewerGroup: @unchecked Sendable {
    let eventLoop: any EventLoop
    private var viewers: [FeedViewer] = []
    /// Views that were admitted, playing or not: whatever ends finds them also between DESCRIBE and PLAY, and while paused.
    private var admitted: [ObjectIdentifier: any AdmittedView] = [:]
    private var fragmentViewers: [any FragmentViewer] = []
    private let stallTime: TimeAmount
    private let tallied: @Sendable (ViewerTally) -> Void
    /// Of viewers that left since the last tick.
    private var departed = ViewerTally()

    init(eventLoop: any EventLoop, stallTime: TimeAmount, tallied: @escaping @Sendable (ViewerTally) -> Void) {
        self.eventLoop = eventLoop
        self.stallTime = stallTime
        self.tallied = tallied
    }

    func admit(_ view: any AdmittedView) {
        eventLoop.assertInEventLoop()
        admitted[ObjectIdentifier(view)] = view
    }

    func dismiss(_ view: any AdmittedView) {
        eventLoop.assertInEventLoop()
        admitted[ObjectIdentifier(view)] = nil
    }

    func join(_ viewer: FeedViewer, backlog: [AccessUnit], report: SenderReports?) {
        eventLoop.assertInEventLoop()
        guard !viewer.isGone else { return }
        viewers.append(viewer)
        viewer.begin(with: backlog, report: report)
    }

    func leave(_ viewer: FeedViewer) {
        eventLoop.assertInEventLoop()
        viewer.gone()
        guard let index = viewers.firstIndex(where: { $0 === viewer }) else { return }
        viewer.takeTally(into: &departed, now: .now())
        viewers.remove(at: index)
    }

    func deliver(_ unit: AccessUnit, report: SenderReports?) {
        for viewer in viewers { viewer.deliver(unit, report: report) }
    }

    func deliver(_ audio: AudioBatch) {
        for viewer in viewers { viewer.deliver(audio) }
    }

    func join(_ viewer: any FragmentViewer, start: FragmentStart?) {
        eventLoop.assertInEventLoop()
        guard !viewer.isGone else { return }
        fragmentViewers.append(viewer)
        if let start { viewer.begin(start) }
    }

    func leave(_ viewer: any FragmentViewer) {
        eventLoop.assertInEventLoop()
        guard let index = fragmentViewers.firstIndex(where: { $0 === viewer }) else { return }
        viewer.takeTally(into: &departed, now: .now())
        fragmentViewers.remove(at: index)
    }

    func begin(_ start: FragmentStart) {
        for viewer in fragmentViewers { viewer.begin(start) }
    }

    func deliver(_ fragment: MediaFragment) {
        for viewer in fragmentViewers { viewer.deliver(fragment) }
    }

    func deliver(_ state: FeedState) {
        for viewer in fragmentViewers { viewer.deliver(state) }
    }

    func evict(reason: ViewEndReason, where isEvicted: (ViewGrant) -> Bool) {
        for view in admitted.values where isEvicted(view.grant) { view.revoke(reason) }
        for viewer in viewers where isEvicted(viewer.grant) { viewer.end(reason) }
        for viewer in fragmentViewers where isEvicted(viewer.grant) { viewer.end(reason) }
    }

    func tick(now: NIODeadline) {
        let date = Date()
        var tally = departed
        departed = ViewerTally()
        for viewer in viewers {
            viewer.takeTally(into: &tally, now: now)
            if let reason = viewer.overdue(now: now, date: date, stallTime: stallTime) { viewer.end(reason) }
        }
        for viewer in fragmentViewers {
            viewer.takeTally(into: &tally, now: now)
            if let reason = viewer.overdue(now: now, date: date, stallTime: stallTime) { viewer.end(reason) }
        }
        for view in admitted.values {
            if let endsAt = view.grant.endsAt, date >= endsAt { view.revoke(.expired) }
        }
        if !tally.isEmpty { tallied(tally) }
    }

    var figures: [ViewerFigures] {
        eventLoop.assertInEventLoop()
        return viewers.map(\.figures) + fragmentViewers.map(\.figures) + admitted.values.compactMap(\.figures)
    }
}
