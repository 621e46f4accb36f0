import Foundation
import GatewayCore
import IncidentCommand

/// 关联: a camera point attached to an active incident. While it lasts its feed is kept warm, recorded if it says so, and
/// may be watched under that incident.
package struct Link: Sendable, Hashable {
    /// A link ends after this long unless it is renewed with a reason.
    package static let lifetime: TimeInterval = 24 * 3_600

    package let id: LinkID
    package let incident: IncidentID
    package let cameraPoint: CameraPointID
    /// The point's name when it was linked.
    package let cameraPointName: String
    package let record: Bool
    /// Set for every private point.
    package let ground: LinkGround?
    /// Set for every point that looks into a room.
    package let reason: String?
    package let linkedAt: Date
    /// As the journal remembers that person.
    package let linkedBy: IncidentActor
    package var expiresAt: Date
    package var endedAt: Date?
    package var endReason: LinkEnd?

    package init(
        id: LinkID = .random(), incident: IncidentID, cameraPoint: CameraPointID, cameraPointName: String, record: Bool,
        ground: LinkGround?, reason: String?,
        linkedAt: Date, linkedBy: IncidentActor, expiresAt: Date, endedAt: Date? = nil, endReason: LinkEnd? = nil
    ) {
        self.id = id
        self.incident = incident
        self.cameraPoint = cameraPoint
        self.cameraPointName = cameraPointName
        self.record = record
        self.ground = ground
        self.reason = reason
        self.linkedAt = linkedAt
        self.linkedBy = linkedBy
        self.expiresAt = expiresAt
        self.endedAt = endedAt
        self.endReason = endReason
    }

    package func isActive(at now: Date) -> Bool { endedAt == nil && now < expiresAt }
}
