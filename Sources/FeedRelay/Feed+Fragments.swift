import Foundation
import GatewayCore
import NIOCore

/// Fragments on demand. Everything here runs on the feed's loop.
extension Feed {
    var wantsFragments: Bool { fragmentViewerCount > 0 || !sinks.isEmpty }

    func attach(_ sink: any FragmentSink) {
        guard sinks.updateValue(sink, forKey: ObjectIdentifier(sink)) == nil else { return }
        demandChanged(isUrgent: true)
        if let stage { sink.runBegan(stage.start) } else { beginStage() }
    }

    func detach(_ sink: any FragmentSink) {
        guard sinks.removeValue(forKey: ObjectIdentifier(sink)) != nil else { return }
        sink.runEnded(.detached)
        if !wantsFragments { endStage() }
        demandChanged()
    }

    func join(_ viewer: any FragmentViewer, on viewerLoop: any EventLoop) {
        fragmentViewerCount += 1
        viewerCame()
        if stage == nil { beginStage(announcing: false) }
        let group = group(on: viewerLoop)
        let start = stage?.start
        let state = publishedState
        tell(group) {
            $0.join(viewer, start: start)
            viewer.deliver(state)
        }
    }

    /// In order with the fragments, which reach a group of the feed's own loop at once.
    private func tell(_ group: ViewerGroup, _ body: @escaping @Sendable (ViewerGroup) -> Void) {
        if group.eventLoop === loop { body(group) } else { group.eventLoop.execute { body(group) } }
    }

    func leave(_ viewer: any FragmentViewer, on viewerLoop: any EventLoop) {
        fragmentViewerCount -= 1
        if let group = groups.first(where: { $0.eventLoop === viewerLoop }) { viewerLoop.execute { group.leave(viewer) } }
        if !wantsFragments { endStage() }
        viewerLeft()
    }

    /// Begins to mux with the cached GOP. Does nothing while the parameters are not known.
    func beginStage(announcing isAnnounced: Bool = true) {
        guard stage == nil, supervisor.state == .live, assembler?.isReordered == false, let parameters = description?.parameters,
            let first = cache.units.first
        else { return }
        guard
            var fresh = FragmentStage(
                parameters: parameters, feedNumber: number, origin: first.mediaTime,
                backlogLimit: environment.options.gopCacheBytes, sound: movieSound())
        else { return logger.error("Fragments cannot be made of this stream: its parameter sets are unusable") }
        for unit in cache.units { _ = fresh.append(unit) }
        stage = fresh
        guard let start = stage?.start else { return }
        for sink in sinks.values { sink.runBegan(start) }
        guard isAnnounced else { return }
        for group in groups { tell(group) { $0.begin(start) } }
    }

    func deliverFragment(of unit: AccessUnit) {
        guard let fragment = stage?.append(unit) else { return }
        for sink in sinks.values { sink.append(fragment) }
        for group in groups { tell(group) { $0.deliver(fragment) } }
    }

    /// What follows is another run: new parameters, or the camera came back.
    func endRun(_ reason: RunEndReason) {
        stage = nil
        for sink in sinks.values { sink.runEnded(reason) }
    }

    /// Nobody wants fragments any more.
    func endStage() {
        stage = nil
        endEncoding()
    }
}
