import Foundation
import GatewayCore
import IncidentCommand

/// The `data` of a server-sent event: the event's own members beside those of its payload.
struct EventBody: Encodable, Sendable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let event: Event

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in event.payload { try container.encode(value, forKey: Name(stringValue: name)) }
        try container.encode(event.at, forKey: Name(stringValue: "at"))
        try container.encode(event.kind.rawValue, forKey: Name(stringValue: "kind"))
        try container.encode(event.subject, forKey: Name(stringValue: "subject"))
        try container.encode(event.incident?.rawValue, forKey: Name(stringValue: "incidentId"))
        try container.encode(event.cameraPoint?.rawValue, forKey: Name(stringValue: "cameraPointId"))
    }
}
