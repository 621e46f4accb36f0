import Foundation
import GatewayCore

package struct PublishRequest: Sendable {
    package let ticket: String
    /// Address of the publisher's end of the connection.
    package let peer: String

    package init(ticket: String, peer: String) {
        self.ticket = ticket
        self.peer = peer
    }
}

/// A publisher that was let in to one feed; its publishing lasts until it ends itself or the right to it ends.
package struct PublishGrant: Sendable, Hashable {
    package let publication: PublicationID
    package let ticket: PublishingTicketID
    package let feed: FeedID
    /// When its ticket ends.
    package let endsAt: Date

    package init(publication: PublicationID, ticket: PublishingTicketID, feed: FeedID, endsAt: Date) {
        self.publication = publication
        self.ticket = ticket
        self.feed = feed
        self.endsAt = endsAt
    }
}

package enum PublishAdmission: Sendable {
    case granted(PublishGrant)
    case refused(GatewayError)
}

/// Who lets publishers in. What is published to a feed, everybody sees who views it.
package protocol PublisherGate: Sendable {
    /// Called on an event loop: an HMAC and a look into memory, no I/O. A refusal is already on record when it returns.
    func admit(_ request: PublishRequest) -> PublishAdmission
    /// Whether the ticket has not been revoked since. Called on an event loop: a look into memory.
    func isStillGood(_ grant: PublishGrant) -> Bool
    /// Called on an event loop: must not block.
    func publishingBegan(_ grant: PublishGrant, peer: String)
    /// The relay does not take what the gate let in. Called on an event loop: must not block.
    func publishingRefused(_ grant: PublishGrant, peer: String, because reason: PublishingRefusal)
    /// Called on an event loop: must not block. `bytes` is what the publisher sent, `reason` a stable word.
    func publishingEnded(_ grant: PublishGrant, bytes: Int64, reason: PublishingEnd)
}

package enum PublishingRefusal: String, Sendable, Codable, CaseIterable {
    /// The point's stream is not one that is pushed.
    case notPushed
    /// Somebody else publishes it.
    case taken
    /// It is published by the same ticket, and was a moment ago.
    case stillPublished
    /// The ticket was revoked meanwhile.
    case revoked
    case shutdown
}

package enum PublishingEnd: String, Sendable, Codable, CaseIterable {
    /// The publisher left, or its connection broke.
    case left
    case revoked
    case expired
    /// It sent no picture for longer than a camera may.
    case silent
    /// It sent more than its point's stream may have.
    case flooding
    /// It fell silent, and somebody came with the same ticket.
    case takenOver
    /// The point is gone, or its stream is not pushed any more.
    case sourceChanged
    case shutdown

    /// What a feed says of it.
    var failure: FeedFailure {
        let message =
            switch self {
            case .left: "the publisher left"
            case .revoked: "the publisher's ticket was revoked"
            case .expired: "the publisher's ticket expired"
            case .silent: "the publisher sent no picture any more"
            case .flooding: "the publisher sent more than this stream may have"
            case .takenOver: "the publisher fell silent and came back"
            case .sourceChanged: "the stream is not published any more"
            case .shutdown: "the gateway is shutting down"
            }
        return FeedFailure(outcome: self == .silent ? .timeout : .unreachable, message: message)
    }
}
