import FeedRelay
import Footage
import Foundation
import GatewayCore
import Logging

/// The relay as the reconciler sees it.
package protocol FeedLeases: Sendable {
    func hold(_ feed: FeedID, for key: String)
    func release(_ feed: FeedID, for key: String)
    func heldLeases() async -> [FeedID: Set<String>]
    func sourceChanged(_ feed: FeedID)
}

extension FeedRelay: FeedLeases {}

/// The only one to take or release leases of links and to start or stop recorders.
///
/// A pass ends what is overdue, reads what is demanded and what is held, and does what ``ReconcilePlan`` says; pictures of
/// points that are gone or private go with it. It runs at
/// start, when the signal is sent, when the next link expires, and each minute; it converges from any state.
package struct Reconciler: Sendable {
    static let interval: TimeInterval = 60

    private let links: any LinkStore
    private let directory: FeedDirectory
    private let relay: any FeedLeases
    private let recorder: FootageRecorder
    private let footage: any FootageStore
    private let gate: DispatchGate
    private let thumbnails: ThumbnailFolder?
    private let signal: ReconcilerSignal
    private let clock: WallClock
    private let logger: Logger

    package init(
        links: any LinkStore, directory: FeedDirectory, relay: any FeedLeases, recorder: FootageRecorder, footage: any FootageStore,
        gate: DispatchGate, thumbnails: ThumbnailFolder? = nil, signal: ReconcilerSignal, clock: WallClock = .system,
        logger: Logger
    ) {
        self.links = links
        self.directory = directory
        self.relay = relay
        self.recorder = recorder
        self.footage = footage
        self.gate = gate
        self.thumbnails = thumbnails
        self.signal = signal
        self.clock = clock
        self.logger = logger
    }

    /// Until cancelled.
    package func run() async { await signal.serving(runPasses) }

    private func runPasses() async {
        while !Task.isCancelled {
            var pause = Self.interval
            do {
                let expiry = try await pass()
                if let expiry { pause = min(pause, max(0.05, expiry.timeIntervalSince(clock.now()))) }
            } catch is CancellationError {
                return
            } catch {
                logger.error("links could not be reconciled", metadata: ["error": "\(error)"])
                pause = 5
            }
            await signal.wait(atMost: .seconds(pause))
        }
    }

    /// One comparison of what is demanded with what is held. Answers when the next link expires.
    @discardableResult
    package func pass() async throws -> Date? {
        let now = clock.now()
        try await followRegistry()
        for selection in [LinkSelection.ofEndedIncidents, .expired] {
            gate.deactivate(try await links.endLinks(selection, at: now).map(\.id))
        }
        try await endLost(now: now)
        let change = gate.linkChanges
        let active = try await links.activeLinks(at: now)
        gate.replaceLinks(active, ifUnchangedSince: change)

        let demands = active.map { ReconcilePlan.Demand($0, streams: directory.streams(of: $0.cameraPoint)) }
        let actions = ReconcilePlan.actions(demands: demands, held: await relay.heldLeases(), recorders: recorder.running())
        for action in actions { perform(action) }
        try await closeGaps(ofLinksBeyond: Set(active.map(\.id)), now: now)
        try await thumbnails?.sweep(known: directory.governmentBuilt)
        return active.map(\.expiresAt).min()
    }

    private func perform(_ action: ReconcilePlan.Action) {
        logger.debug("reconcile", metadata: ["action": "\(action)"])
        switch action {
        case .hold(let feed, let key): relay.hold(feed, for: key)
        case .release(let feed, let key): relay.release(feed, for: key)
        case .startRecording(let request): recorder.start(request)
        case .stopRecording(let link): recorder.stop(link)
        }
    }

    /// Links whose point was deleted or went out of use, by whatever way and in whatever life of the daemon.
    private func endLost(now: Date) async throws {
        let active = try await links.activeLinks(at: now)
        for (point, reason) in try await directory.losses(among: Set(active.map(\.cameraPoint))) {
            gate.deactivate(try await links.endLinks(.cameraPoint(point, because: reason), at: now).map(\.id))
        }
    }

    private func followRegistry() async throws {
        let mark = signal.mark()
        let changes = try await directory.refresh()
        for feed in changes.sources { relay.sourceChanged(feed) }
        gate.endPatrols(of: changes.closedToPatrol)
        signal.follow(mark)
    }

    /// Gaps that an earlier life left open for links that ended meanwhile.
    private func closeGaps(ofLinksBeyond active: Set<LinkID>, now: Date) async throws {
        var changes: [FootageChange] = []
        for gap in try await footage.openGaps() where !active.contains(gap.link) {
            let end = try await links.link(gap.link)?.endedAt ?? now
            changes.append(.gapClosed(gap.id, at: max(gap.from, end)))
        }
        if !changes.isEmpty { try await footage.commit(changes) }
    }
}
