import GatewayCore
import IncidentCommand

/// `POST incidents`.
struct IncidentOpeningRequest: Decodable {
    var title: String
    var category: IncidentCategory
    var level: EventLevel?
    var location: GeoPoint?
    var address: String?
    var isDrill: Bool?
    var ground: IncidentCommand.LinkGround?

    var opening: IncidentOpening {
        IncidentOpening(
            title: title, category: category, level: level, location: location, address: address, isDrill: isDrill ?? false,
            ground: ground)
    }
}

/// `POST incidents/{id}/transitions`.
struct TransitionRequest: Decodable {
    var to: IncidentStage
    var note: String?
}

/// `POST incidents/{id}/mode`.
struct ModeRequest: Decodable {
    var mode: OperatingMode
    var level: EventLevel?
    var provisional: Bool?
    var note: String?

    var order: ModeOrder { ModeOrder(mode: mode, level: level, provisional: provisional ?? false, note: note) }
}

/// `POST incidents/{id}/journal`.
struct NoteRequest: Decodable {
    var text: String
}
