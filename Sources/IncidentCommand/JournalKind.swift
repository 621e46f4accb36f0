/// What a journal entry is about. Open: each module that writes entries names its own.
package struct JournalKind: RawRepresentable, Sendable, Hashable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let incidentOpened = JournalKind(rawValue: "incidentOpened")
    package static let stageChanged = JournalKind(rawValue: "stageChanged")
    package static let modeChanged = JournalKind(rawValue: "modeChanged")
    package static let levelChanged = JournalKind(rawValue: "levelChanged")
    package static let note = JournalKind(rawValue: "note")
    package static let linkCreated = JournalKind(rawValue: "linkCreated")
    package static let linkRenewed = JournalKind(rawValue: "linkRenewed")
    package static let linkEnded = JournalKind(rawValue: "linkEnded")
    package static let ticketIssued = JournalKind(rawValue: "ticketIssued")
    package static let recordingStarted = JournalKind(rawValue: "recordingStarted")
    package static let recordingStopped = JournalKind(rawValue: "recordingStopped")
    package static let footageViewed = JournalKind(rawValue: "footageViewed")
}
