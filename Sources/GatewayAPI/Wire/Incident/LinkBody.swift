import FeedRelay
import Footage
import Foundation
import GatewayCore
import IncidentCommand
import VideoDispatch

/// `POST incidents/{id}/links`.
struct LinkCreationRequest: Decodable {
    var cameraPointId: CameraPointID
    var record: Bool?
    var ground: IncidentCommand.LinkGround?
    var reason: String?

    var link: LinkRequest {
        LinkRequest(cameraPoint: cameraPointId, record: record ?? true, ground: ground, reason: reason)
    }
}

/// `POST incidents/{id}/links/{link}/renewal`.
struct LinkRenewalRequest: Decodable {
    var reason: String
}

/// A link with its point, and how its feed and its recording fare now.
struct LinkBody: Encodable, Sendable {
    struct Feed: Encodable, Sendable {
        var state: String
        @OrNull var since: Date?
        @OrNull var error: String?

        init(_ state: FeedState) {
            self.state = state.name
            switch state {
            case .stale(let since): self.since = since
            case .backingOff(_, let failure): error = failure.message
            case .connecting, .live, .closed: break
            }
        }
    }

    struct Recording: Encodable, Sendable {
        /// `recording`, `off`, `stoppedDiskFull`, `stoppedWriteFailed`.
        var state: String
        @OrNull var runId: String?
    }

    var id: String
    /// Its `distance` is that to the incident's place.
    var cameraPoint: CameraPointBody
    var record: Bool
    var linkedAt: Date
    var linkedBy: IncidentBody.Person
    var expiresAt: Date
    @OrNull var endedAt: Date?
    @OrNull var endReason: String?
    @OrNull var ground: String?
    @OrNull var reason: String?
    @OrNull var feed: Feed?
    @OrNull var recording: Recording?

    init(_ link: Link, cameraPoint: CameraPointBody, feed: FeedState?, recording: Recording?) {
        id = link.id.rawValue
        self.cameraPoint = cameraPoint
        record = link.record
        linkedAt = link.linkedAt
        linkedBy = IncidentBody.Person(link.linkedBy)
        expiresAt = link.expiresAt
        endedAt = link.endedAt
        endReason = link.endReason?.rawValue
        ground = link.ground?.rawValue
        reason = link.reason
        self.feed = feed.map(Feed.init)
        self.recording = recording
    }
}
