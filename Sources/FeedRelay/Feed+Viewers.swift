import Foundation
import GatewayCore
import NIOCore

/// Demand by viewers, probes and snapshots. Everything here runs on the feed's loop.
extension Feed {
    func group(on viewerLoop: any EventLoop) -> ViewerGroup {
        if let group = groups.first(where: { $0.eventLoop === viewerLoop }) { return group }
        let feed = NIOLoopBound(self, eventLoop: loop)
        let feedLoop = loop
        let group = ViewerGroup(
            eventLoop: viewerLoop, stallTime: TimeAmount(environment.options.viewerStallTime),
            tallied: { tally in feedLoop.execute { feed.value.note(tally) } })
        groups.append(group)
        if let mediaLoop = environment.mediaLoop(viewerLoop) { viewerLoop.execute { mediaLoop.add(group) } }
        return group
    }

    /// Somebody described the feed and will perhaps play it: it stays open until ``viewerLeft()``.
    func viewerCame() {
        viewerCount += 1
        demandChanged()
    }

    func viewerLeft() {
        viewerCount -= 1
        demandChanged()
    }

    func join(_ viewer: FeedViewer, on viewerLoop: any EventLoop) {
        let group = group(on: viewerLoop)
        let backlog = cache.units
        let report = backlog.first.map { reports(on: $0) }
        if viewerLoop === loop {
            group.join(viewer, backlog: backlog, report: report)
        } else {
            viewerLoop.execute { group.join(viewer, backlog: backlog, report: report) }
        }
    }

    func leave(_ viewer: FeedViewer, on viewerLoop: any EventLoop) {
        guard let group = groups.first(where: { $0.eventLoop === viewerLoop }) else { return }
        if viewerLoop === loop { group.leave(viewer) } else { viewerLoop.execute { group.leave(viewer) } }
    }

    /// The description as soon as there is one: at once on a feed that ran before, after the camera's answer otherwise.
    func whenDescribed() -> EventLoopFuture<FeedDescription> {
        let promise = loop.makePromise(of: FeedDescription.self)
        if let description {
            promise.succeed(description)
        } else if case .backingOff(_, let failure) = supervisor.state {
            promise.fail(failure)
        } else {
            describeWaiters.append(Waiter(promise: promise, deadline: .now() + TimeAmount(environment.options.describeTimeout)))
            demandChanged()
        }
        return promise.futureResult
    }

    /// A probe reads along. A cold feed is opened; one that waits for its next attempt is asked at once.
    ///
    /// - Parameter isUrgent: `false`: one that waits for its next attempt fails at once, and goes on waiting.
    func tap(into reader: any FeedReader, isUrgent: Bool = true) -> EventLoopFuture<ProbeTap> {
        let outlet = TapOutlet(reader)
        taps.append(outlet)
        let reply = loop.makePromise(of: FeedDescription.self)
        if let description, supervisor.state == .live {
            reply.succeed(description)
        } else {
            describeWaiters.append(Waiter(promise: reply, deadline: .now() + TimeAmount(environment.options.describeTimeout)))
        }
        demandChanged(isUrgent: isUrgent)
        // It refused the password, and is not asked again so soon.
        if case .backingOff(_, let failure) = supervisor.state { describeWaiters.settle(.failure(failure)) }
        for unit in cache.units where supervisor.state == .live { outlet.push(unit) }
        let feed = NIOLoopBound(self, eventLoop: loop)
        let boundOutlet = NIOLoopBound(outlet, eventLoop: loop)
        let feedLoop = loop
        let end: @Sendable () -> Void = { feedLoop.execute { feed.value.untap(boundOutlet.value) } }
        reply.futureResult.whenFailure { _ in end() }
        return reply.futureResult.map { ProbeTap(description: $0, end: end) }
    }

    private func untap(_ outlet: TapOutlet) {
        outlet.close()
        guard taps.contains(where: { $0 === outlet }) else { return }
        taps.removeAll { $0 === outlet }
        demandChanged()
    }

    func keyFrame(within timeout: Duration) -> EventLoopFuture<KeyFrame> {
        let promise = loop.makePromise(of: KeyFrame.self)
        if supervisor.state == .live, let unit = cache.units.first, let frame = keyFrame(of: unit) {
            promise.succeed(frame)
        } else if case .backingOff(_, let failure) = supervisor.state {
            promise.fail(failure)
        } else {
            keyFrameWaiters.append(Waiter(promise: promise, deadline: .now() + TimeAmount(timeout)))
            demandChanged()
        }
        return promise.futureResult
    }

    var statistics: FeedStatistics {
        FeedStatistics(
            feed: id, state: publishedState, leases: leases.count, viewers: viewerCount + fragmentViewerCount,
            codec: description?.codec, width: description?.parameters?.width, height: description?.parameters?.height,
            bitRateKbps: meter.bitRateKbps, frameRate: meter.frameRate, reconnects: supervisor.reconnects,
            cacheBytes: cache.byteCount, gopSeconds: cache.gopLength?.seconds, receivedBytes: meter.bytes,
            receivedFrames: meter.frames, losses: losses, sent: sent,
            latenessMilliseconds: worstLateness.flatMap { NIODeadline.now() - $0.at < .seconds(5) ? $0.seconds * 1_000 : nil },
            reordered: assembler?.isReordered ?? false, cameraClockOffset: reporter.clock.offset,
            cameraClockChanges: reporter.clock.changes, transcode: transcodeStatistics, audio: audio.report)
    }

    private var losses: FeedLosses {
        var losses = earlierLosses
        losses.add(assembler)
        losses.add(ingest)
        return losses
    }

    /// What a group's viewers were given in the last second.
    private func note(_ tally: ViewerTally) {
        sent += tally
        guard let worst = tally.lateness.worst else { return }
        let now = NIODeadline.now()
        // Groups report one after the other; the worst of a second stands.
        if let known = worstLateness, known.seconds > worst, now - known.at < .milliseconds(1_500) { return }
        worstLateness = (worst, now)
    }
}

extension Feed {
    /// Leaves the present connection for a new one, if the feed is needed.
    func reconnect() {
        guard !isShutDown, supervisor.state != .idle else { return }
        ingest?.close()
        failed(FeedFailure(outcome: .unreachable, message: "the camera's address was changed"))
        if isNeeded { perform(supervisor.needed(isUrgent: true)) }
    }
}
