import Accounts
import FeedRelay
import Foundation
import GatewayCore
import Logging
import Synchronization

/// Lets viewers in and has them out: the relay's gate.
///
/// ## Concurrency model
/// `admit`, `viewStarted` and `viewEnded` are called on event loops: they verify an HMAC and hold one mutex for a
/// dictionary look-up. What goes into the viewing register waits in a list that ``run()`` writes. While that list is at its
/// bound nobody is let in: a view that cannot be registered does not begin.
package final class DispatchGate: ViewerGate {
    /// Rows that may wait for the register.
    static let backlogLimit = 10_000
    /// How long a view waits for others to be written together with it. A write beside the loop that answers a viewer's
    /// requests delays that viewer's first picture, and a hundred viewers that come at once are one transaction.
    static let gatheringTime: Duration = .milliseconds(100)

    package typealias Eviction = @Sendable (@escaping @Sendable (ViewGrant) -> Bool) -> Void

    private struct Shared {
        var gate: GateState
        var notes: [ViewNote] = []
        var evict: Eviction?
    }

    private let shared: Mutex<Shared>
    private let key: TicketKey
    private let clock: WallClock
    private let recorder: ViewRecorder
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(key: TicketKey, recorder: ViewRecorder, clock: WallClock = .system) {
        self.key = key
        self.clock = clock
        self.recorder = recorder
        shared = Mutex(Shared(gate: GateState(startedAt: clock.now())))
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Gives the gate its hand on the viewers: the relay's `evict(where:)`. Called once, before anything is served.
    package func connect(eviction: @escaping Eviction) { shared.withLock { $0.evict = eviction } }

    // MARK: Viewers

    package func admit(_ request: ViewRequest) -> Admission {
        let now = clock.now()
        let ticket: Ticket
        do {
            ticket = try Ticket.verify(request.ticket, key: key, now: now)
        } catch {
            return .refused(error == .expired ? GateState.stale : GateState.forged)
        }
        return shared.withLock { shared in
            guard shared.notes.count < Self.backlogLimit else { return .refused(GateState.registerFull) }
            return shared.gate.admit(ticket, medium: request.medium, now: now)
        }
    }

    package func isStillGood(_ grant: ViewGrant) -> Bool { shared.withLock { $0.gate.isStillGood(grant) } }

    package func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {
        let note = ViewNote(grant: grant, at: clock.now(), step: .started(medium, peer: peer))
        let (isGood, evict) = shared.withLock { shared in
            shared.notes.append(note)
            return (shared.gate.isStillGood(grant), shared.evict)
        }
        waker.yield()
        if !isGood { evict? { $0.viewID == grant.viewID } }
    }

    package func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {
        let note = ViewNote(grant: grant, at: clock.now(), step: .ended(bytes: bytes, reason))
        shared.withLock { $0.notes.append(note) }
        waker.yield()
    }

    // MARK: What ends

    package func activate(_ link: Link) { shared.withLock { $0.gate.activate(link) } }

    package func deactivate(_ links: some Sequence<LinkID>) {
        let gone = Set(links)
        let evict = shared.withLock { shared in
            _ = shared.gate.deactivate(gone)
            return shared.evict
        }
        if !gone.isEmpty { evict? { $0.link.map(gone.contains) ?? false } }
    }

    package func deactivateAll(of incident: IncidentID) {
        let evict = shared.withLock { shared in
            _ = shared.gate.deactivateAll(of: incident)
            return shared.evict
        }
        evict? { $0.incident == incident }
    }

    /// Sign-out, or a session that ran out.
    package func endSessions(_ sessions: some Sequence<SessionID>) {
        let gone = Set(sessions)
        let now = clock.now()
        let evict = shared.withLock { shared in
            for session in gone { shared.gate.revoke(session: session, at: now) }
            return shared.evict
        }
        if !gone.isEmpty { evict? { $0.session.map(gone.contains) ?? false } }
    }

    /// An account was disabled or its password changed by another.
    package func endAccount(_ account: AccountID) {
        let now = clock.now()
        let evict = shared.withLock { shared in
            shared.gate.revoke(account: account, at: now)
            return shared.evict
        }
        evict? { $0.account == account }
    }

    /// A point is no longer government-built: who watches it on patrol is out.
    package func endPatrols(of points: Set<CameraPointID>) {
        let evict = shared.withLock(\.evict)
        if !points.isEmpty { evict? { $0.purpose == .patrol && points.contains($0.feed.cameraPoint) } }
    }

    var linkChanges: Int { shared.withLock { $0.gate.linkChanges } }

    /// Sets the active links to what the store says, unless they changed since `change` was read.
    func replaceLinks(_ links: [Link], ifUnchangedSince change: Int) {
        let (gone, evict) = shared.withLock { shared in
            (shared.gate.replaceLinks(links, ifUnchangedSince: change) ?? [], shared.evict)
        }
        if !gone.isEmpty { evict? { $0.link.map(gone.contains) ?? false } }
    }

    // MARK: Register

    /// Writes the viewing register until cancelled, then writes what is left.
    package func run() async {
        await recorder.closeInterrupted(at: clock.now())
        for await _ in wakes {
            guard (try? await Task.sleep(for: Self.gatheringTime)) != nil else { break }
            while let notes = takeNotes() {
                if await recorder.write(notes) { continue }
                shared.withLock { $0.notes.insert(contentsOf: notes, at: 0) }
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { break }
            }
            if Task.isCancelled { break }
        }
        // Cancelled: what is left is written on a task that is not.
        await Task { [recorder] in
            while let notes = takeNotes() {
                guard await recorder.write(notes) else { return }
            }
        }.value
    }

    private func takeNotes() -> [ViewNote]? {
        shared.withLock { shared in
            guard !shared.notes.isEmpty else { return nil }
            let notes = Array(shared.notes.prefix(500))
            shared.notes.removeFirst(notes.count)
            return notes
        }
    }
}
