import Foundation
import GatewayCore

/// What a person may watch a feed for.
package enum ViewPurpose: String, Sendable, Codable, CaseIterable {
    /// A point linked to an active incident.
    case incident
    /// 视频巡查: a government-built point.
    case patrol
    /// 接入验收: at most 60 s, before the point is active.
    case acceptance
    /// 维护: one still.
    case maintenance
}

/// By which way a view leaves the gateway.
package enum ViewMedium: String, Sendable, Codable, CaseIterable {
    case rtsp, console, live, snapshot, preview, hls
}

package struct ViewRequest: Sendable {
    package let ticket: String
    package let medium: ViewMedium
    /// Address of the viewer's end of the connection.
    package let peer: String

    package init(ticket: String, medium: ViewMedium, peer: String) {
        self.ticket = ticket
        self.medium = medium
        self.peer = peer
    }
}

/// A view that was let in; it lasts until it ends itself or is evicted.
package struct ViewGrant: Sendable, Hashable {
    package let viewID: ViewID
    package let feed: FeedID
    package let account: AccountID
    package let session: SessionID?
    package let incident: IncidentID?
    package let link: LinkID?
    package let purpose: ViewPurpose
    /// When its ticket was made.
    package let issuedAt: Date
    /// When the view ends by itself; `nil`: never.
    package let endsAt: Date?

    package init(
        viewID: ViewID, feed: FeedID, account: AccountID, session: SessionID?, incident: IncidentID?, link: LinkID?,
        purpose: ViewPurpose, issuedAt: Date = Date(), endsAt: Date?
    ) {
        self.viewID = viewID
        self.feed = feed
        self.account = account
        self.session = session
        self.incident = incident
        self.link = link
        self.purpose = purpose
        self.issuedAt = issuedAt
        self.endsAt = endsAt
    }
}

package enum Admission: Sendable {
    case granted(ViewGrant)
    case refused(GatewayError)
}

/// Who lets viewers in. Every way out of the relay asks it first.
package protocol ViewerGate: Sendable {
    /// Called on an event loop: an HMAC and a look into memory, no I/O.
    func admit(_ request: ViewRequest) -> Admission
    /// Whether what an admitted view rests on has not ended since. Called on an event loop: a look into memory.
    func isStillGood(_ grant: ViewGrant) -> Bool
    /// Called on an event loop: must not block.
    func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String)
    /// Called on an event loop: must not block. `bytes` is what was written to the viewer, `reason` a stable word.
    func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason)
}

package enum ViewEndReason: String, Sendable, Codable {
    /// The viewer left, or its connection broke.
    case left
    /// Its link, session or incident ended.
    case evicted
    /// It stopped reading for longer than the relay holds its queue.
    case stalled
    case expired
    /// The camera changed codec, or the feed ended for good.
    case feedEnded
    case shutdown
}
