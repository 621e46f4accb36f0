import Foundation
import GatewayCore

/// What the command centre handles.
package struct Incident: Sendable, Hashable {
    package let id: IncidentID
    /// Day and running number of that day at UTC+8: `20261123-004`.
    package let number: String
    package let title: String
    package let openedAt: Date
    package let openedBy: IncidentActor
    /// An exercise. Never links a private camera point.
    package let isDrill: Bool
    package let location: GeoPoint?
    package let address: String?
    /// The ground that links of private points take when they name none.
    package let ground: LinkGround?
    /// Category, level, mode and stage, with the rules that move them.
    package var stages: IncidentStages
    /// `nil` while it is active.
    package var endedAt: Date?

    package var category: IncidentCategory { stages.category }
    package var level: EventLevel? { stages.level }
    package var provisional: Bool { stages.provisional }
    package var mode: OperatingMode { stages.mode }
    package var stage: IncidentStage { stages.stage }
    package var isActive: Bool { endedAt == nil }

    package init(
        id: IncidentID, number: String, title: String, openedAt: Date, openedBy: IncidentActor, isDrill: Bool,
        location: GeoPoint?, address: String?, ground: LinkGround?, stages: IncidentStages, endedAt: Date?
    ) {
        self.id = id
        self.number = number
        self.title = title
        self.openedAt = openedAt
        self.openedBy = openedBy
        self.isDrill = isDrill
        self.location = location
        self.address = address
        self.ground = ground
        self.stages = stages
        self.endedAt = endedAt
    }
}
