import Foundation
import GatewayCore
import IncidentCommand

/// An incident as answers show it; `nextStages` are those to which the caller may move it now.
struct IncidentBody: Encodable, Sendable {
    struct Stage: Encodable, Sendable {
        var id: String
        var name: String

        init(_ stage: IncidentStage) {
            id = stage.rawValue
            name = stage.name
        }
    }

    struct Person: Encodable, Sendable {
        var id: String
        var name: String
        var role: String

        init(_ actor: IncidentActor) {
            id = actor.id.rawValue
            name = actor.name
            role = actor.role
        }
    }

    var id: String
    var number: String
    var title: String
    var category: String
    @OrNull var level: String?
    var mode: String
    var provisional: Bool
    var stage: Stage
    var nextStages: [Stage]
    @OrNull var location: GeoPoint?
    @OrNull var address: String?
    var openedAt: Date
    @OrNull var endedAt: Date?
    var isDrill: Bool
    @OrNull var ground: String?
    var linkCount: Int
    var openedBy: Person

    init(_ incident: Incident, linkCount: Int, duty: CommandDuty) {
        id = incident.id.rawValue
        number = incident.number
        title = incident.title
        category = incident.category.rawValue
        level = incident.level?.rawValue
        mode = incident.mode.rawValue
        provisional = incident.provisional
        stage = Stage(incident.stage)
        nextStages = incident.stages.next(for: duty).map(Stage.init)
        location = incident.location
        address = incident.address
        openedAt = incident.openedAt
        endedAt = incident.endedAt
        isDrill = incident.isDrill
        ground = incident.ground?.rawValue
        self.linkCount = linkCount
        openedBy = Person(incident.openedBy)
    }
}
