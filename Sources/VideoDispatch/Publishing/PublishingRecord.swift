import Foundation
import GatewayCore
import IncidentCommand

/// One row of the publishing register: who was given a ticket, what was published by it, who was refused.
package struct PublishingRecord: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable { case issued, revoked, began, ended, refused }

    package var kind: Kind
    package var at: Date
    /// `nil` where what was shown is no ticket of this gateway.
    package var ticket: PublishingTicketID?
    package var feed: FeedID?
    /// Who issued or revoked; `nil` for what a publisher did.
    package var actor: IncidentActor?
    /// Joins the beginning and the end of one publishing.
    package var publication: PublicationID?
    package var peer: String?
    /// That the publisher sent; of an ended publishing only.
    package var bytes: Int64?
    /// Why it ended, or why it was refused: a stable word.
    package var reason: String?
    /// How often the same was refused to the same address within a minute; 1 for everything else.
    package var times: Int

    package init(
        kind: Kind, at: Date, ticket: PublishingTicketID?, feed: FeedID?, actor: IncidentActor? = nil,
        publication: PublicationID? = nil, peer: String? = nil, bytes: Int64? = nil, reason: String? = nil, times: Int = 1
    ) {
        self.kind = kind
        self.at = at
        self.ticket = ticket
        self.feed = feed
        self.actor = actor
        self.publication = publication
        self.peer = peer
        self.bytes = bytes
        self.reason = reason
        self.times = times
    }
}

package struct PublishingPage: Sendable {
    package let items: [(number: Int64, record: PublishingRecord)]
    package let nextCursor: Int64?
    package let total: Int

    package init(items: [(number: Int64, record: PublishingRecord)], nextCursor: Int64?, total: Int) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
    }
}

/// Publishing tickets and the register of what became of them. One method is one transaction.
package protocol PublishingStore: Sendable {
    /// Writes the ticket and that it was issued.
    func issue(_ ticket: PublishingTicket) async throws
    /// Writes that it is revoked, and by whom; one that is already stays as it is.
    /// - Throws: `GatewayError` `publishingTicketNotFound`.
    func revoke(_ ticket: PublishingTicketID, by actor: IncidentActor, at date: Date) async throws -> PublishingTicket
    func ticket(_ id: PublishingTicketID) async throws -> PublishingTicket?
    /// Newest first, ended ones among them.
    func tickets(of point: CameraPointID) async throws -> [PublishingTicket]
    /// All that are neither revoked nor expired.
    func activeTickets(at date: Date) async throws -> [PublishingTicket]

    /// Appends to the register, in order.
    func append(_ records: [PublishingRecord]) async throws
    /// Ends what a killed gateway left open, with this reason; returns how many.
    func endOpenPublications(at date: Date, reason: String) async throws -> Int
    /// Newest first by when it happened, not by when it was written; of one point, or with `nil` of all and of those who
    /// named none. `cursor` is the last row of the page before.
    func records(of point: CameraPointID?, limit: Int, cursor: Int64?) async throws -> PublishingPage
}
