import FeedRelay
import Foundation
import GatewayCore
import Logging
import Synchronization

/// Lets publishers in and has them out: the relay's gate for what is pushed.
///
/// ## Concurrency model
/// Called on event loops: it verifies an HMAC and holds one mutex for a look-up. What goes into the register waits in a list
/// that ``run()`` writes. While that list is at its bound nobody is let in: what cannot be registered does not begin.
package final class PublishingGate: PublisherGate {
    /// Records that may wait for the register.
    static let backlogLimit = 10_000
    /// Refusals of one address for one reason within this time are one record.
    static let refusalWindow: TimeInterval = 60
    /// Addresses of which refusals are remembered.
    static let refusalLimit = 1_000

    package typealias Ending = @Sendable (@escaping @Sendable (PublishGrant) -> Bool) -> Void

    private struct RefusalKey: Hashable {
        let host: String
        let ticket: PublishingTicketID?
        let reason: String
    }

    private struct Shared {
        /// Tickets that are good: what is not among them opens nothing.
        var tickets: [PublishingTicketID: PublishingTicket] = [:]
        var notes: [PublishingRecord] = []
        /// Refusals that are counted and not yet written.
        var refusals: [RefusalKey: PublishingRecord] = [:]
        var end: Ending?
    }

    private let shared = Mutex(Shared())
    private let key: TicketKey
    private let store: any PublishingStore
    private let clock: WallClock
    private let logger: Logger
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(key: TicketKey, store: any PublishingStore, clock: WallClock = .system, logger: Logger) {
        self.key = key
        self.store = store
        self.clock = clock
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Gives the gate its hand on the publishers. Called once, before anything is served.
    package func connect(ending: @escaping Ending) { shared.withLock { $0.end = ending } }

    /// Reads the good tickets; before anything is served.
    package func load() async throws {
        let tickets = try await store.activeTickets(at: clock.now())
        shared.withLock { shared in
            for ticket in tickets { shared.tickets[ticket.id] = ticket }
        }
    }

    func activate(_ ticket: PublishingTicket) { shared.withLock { $0.tickets[ticket.id] = ticket } }

    /// From now on the ticket opens nothing, and what it opened ends.
    func deactivate(_ id: PublishingTicketID) {
        let end = shared.withLock { shared in
            shared.tickets[id] = nil
            return shared.end
        }
        end? { $0.ticket == id }
    }

    // MARK: Publishers

    package func admit(_ request: PublishRequest) -> PublishAdmission {
        let now = clock.now()
        guard let claim = PublishingTicket.Claim(request.ticket, key: key) else {
            refuse(nil, nil, Self.forged, request.peer, now)
            return .refused(Self.forged)
        }
        let refusal = shared.withLock { shared -> GatewayError? in
            if now >= claim.expiresAt { return Self.expired }
            guard let ticket = shared.tickets[claim.ticket], ticket.feed == claim.feed else { return Self.revoked }
            return shared.notes.count < Self.backlogLimit ? nil : Self.registerFull
        }
        if let refusal {
            refuse(claim.ticket, claim.feed, refusal, request.peer, now)
            return .refused(refusal)
        }
        return .granted(
            PublishGrant(publication: .random(), ticket: claim.ticket, feed: claim.feed, endsAt: claim.expiresAt))
    }

    package func isStillGood(_ grant: PublishGrant) -> Bool { shared.withLock { $0.tickets[grant.ticket] != nil } }

    package func publishingBegan(_ grant: PublishGrant, peer: String) {
        note(
            PublishingRecord(
                kind: .began, at: clock.now(), ticket: grant.ticket, feed: grant.feed, publication: grant.publication, peer: peer))
        // Revoked between the question and this moment: whoever revoked it found nothing to end.
        if !isStillGood(grant) { shared.withLock(\.end)? { $0.ticket == grant.ticket } }
    }

    package func publishingEnded(_ grant: PublishGrant, bytes: Int64, reason: PublishingEnd) {
        note(
            PublishingRecord(
                kind: .ended, at: clock.now(), ticket: grant.ticket, feed: grant.feed, publication: grant.publication, bytes: bytes,
                reason: reason.rawValue))
    }

    package func publishingRefused(_ grant: PublishGrant, peer: String, because reason: PublishingRefusal) {
        refuse(grant.ticket, grant.feed, reason.rawValue, peer, clock.now())
    }

    private func note(_ record: PublishingRecord) {
        shared.withLock { $0.notes.append(record) }
        waker.yield()
    }

    private func refuse(
        _ ticket: PublishingTicketID?, _ feed: FeedID?, _ error: GatewayError, _ peer: String, _ now: Date
    ) {
        refuse(ticket, feed, error.reason, peer, now)
    }

    /// The first is written at once; those that follow within a minute are counted, and written when it is over.
    private func refuse(_ ticket: PublishingTicketID?, _ feed: FeedID?, _ reason: String, _ peer: String, _ now: Date) {
        let host = String(peer[..<(peer.lastIndex(of: ":") ?? peer.endIndex)])
        let key = RefusalKey(host: host, ticket: ticket, reason: reason)
        var record = PublishingRecord(kind: .refused, at: now, ticket: ticket, feed: feed, peer: peer, reason: reason)
        shared.withLock { shared in
            if var known = shared.refusals[key], now.timeIntervalSince(known.at) < Self.refusalWindow {
                known.times += 1
                shared.refusals[key] = known
                return
            }
            guard shared.refusals.count < Self.refusalLimit, shared.notes.count < Self.backlogLimit else { return }
            if let earlier = shared.refusals[key], earlier.times > 0 { shared.notes.append(earlier) }
            shared.notes.append(record)
            record.times = 0
            shared.refusals[key] = record
        }
        waker.yield()
    }

    // MARK: Register

    /// Writes the register until cancelled, then writes what is left.
    package func run() async {
        do {
            let count = try await store.endOpenPublications(at: clock.now(), reason: "interrupted")
            if count > 0 { logger.info("publishings of an earlier run closed", metadata: ["count": "\(count)"]) }
        } catch {
            logger.error("publishings of an earlier run cannot be closed", metadata: ["error": "\(error)"])
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: .seconds(5))) != nil { self.settleRefusals() }
            }
            for await _ in wakes {
                guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { break }
                while await !write() {
                    guard (try? await Task.sleep(for: .seconds(1))) != nil else { break }
                }
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
        settleRefusals(isEnd: true)
        // Cancelled: what is left is written on a task that is not.
        await Task { _ = await write() }.value
    }

    /// Minutes that are over become records.
    func settleRefusals(isEnd: Bool = false) {
        let now = clock.now()
        let isAny = shared.withLock { shared in
            for (key, record) in shared.refusals where isEnd || now.timeIntervalSince(record.at) >= Self.refusalWindow {
                shared.refusals[key] = nil
                if record.times > 0 { shared.notes.append(record) }
            }
            return !shared.notes.isEmpty
        }
        if isAny { waker.yield() }
    }

    /// Whether all that waited is written.
    private func write() async -> Bool {
        while true {
            let notes = shared.withLock { shared in
                let notes = Array(shared.notes.prefix(500))
                shared.notes.removeFirst(notes.count)
                return notes
            }
            guard !notes.isEmpty else { return true }
            do {
                try await store.append(notes)
            } catch {
                logger.error(
                    "the publishing register cannot be written", metadata: ["error": "\(error)", "rows": "\(notes.count)"])
                shared.withLock { $0.notes.insert(contentsOf: notes, at: 0) }
                return false
            }
        }
    }

    static let forged = GatewayError(.unauthenticated, "publishingTicketInvalid", "推流凭证无效。")
    static let expired = GatewayError(.unauthenticated, "publishingTicketExpired", "推流凭证已过期。")
    static let revoked = GatewayError(.forbidden, "publishingTicketRevoked", "推流凭证已撤销。")
    static let registerFull = GatewayError(.unavailable, "registerUnavailable", "推流登记暂不可用。")
}
