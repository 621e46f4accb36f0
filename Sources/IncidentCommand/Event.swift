import Foundation
import GatewayCore

/// What an ``Event`` tells.
package struct EventKind: RawRepresentable, Sendable, Hashable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let incidentOpened = EventKind(rawValue: "incident.opened")
    package static let incidentChanged = EventKind(rawValue: "incident.changed")
    package static let incidentEnded = EventKind(rawValue: "incident.ended")
    package static let linkCreated = EventKind(rawValue: "link.created")
    package static let linkEnded = EventKind(rawValue: "link.ended")
    package static let cameraHealth = EventKind(rawValue: "camera.health")
    package static let feedState = EventKind(rawValue: "feed.state")
    package static let journalAppended = EventKind(rawValue: "journal.appended")
    package static let recordingStopped = EventKind(rawValue: "recording.stopped")
    package static let accountChanged = EventKind(rawValue: "account.changed")
}

/// What is to be told; the store numbers it.
package struct EventDraft: Sendable, Hashable {
    package var at: Date
    package var kind: EventKind
    /// Identity of the thing it is about, as text.
    package var subject: String
    package var incident: IncidentID?
    package var cameraPoint: CameraPointID?
    /// Never holds a credential, a ticket or a picture.
    package var payload: [String: JSONValue]

    package init(
        at: Date, kind: EventKind, subject: String, incident: IncidentID? = nil, cameraPoint: CameraPointID? = nil,
        payload: [String: JSONValue] = [:]
    ) {
        self.at = at
        self.kind = kind
        self.subject = subject
        self.incident = incident
        self.cameraPoint = cameraPoint
        self.payload = payload
    }
}

/// One row of the event table: told to consoles, resumable by its number.
package struct Event: Sendable, Hashable {
    /// Rises with every event, never used twice.
    package let id: Int64
    package let at: Date
    package let kind: EventKind
    package let subject: String
    package let incident: IncidentID?
    package let cameraPoint: CameraPointID?
    package let payload: [String: JSONValue]

    package init(id: Int64, draft: EventDraft) {
        self.id = id
        self.at = draft.at
        self.kind = draft.kind
        self.subject = draft.subject
        self.incident = draft.incident
        self.cameraPoint = draft.cameraPoint
        self.payload = draft.payload
    }
}
