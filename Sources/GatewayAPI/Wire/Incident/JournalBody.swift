import Foundation
import GatewayCore
import IncidentCommand

/// One row of an incident's journal.
struct JournalBody: Encodable, Sendable {
    var sequence: Int64
    var at: Date
    @OrNull var actor: IncidentBody.Person?
    var kind: String
    var text: String
    var body: [String: JSONValue]
    var hash: String

    init(_ entry: JournalEntry) {
        sequence = entry.sequence
        at = entry.at
        actor = entry.actor.map(IncidentBody.Person.init)
        kind = entry.kind.rawValue
        text = entry.text
        body = entry.body
        hash = entry.hashText
    }
}

/// Whether a journal still is what was written.
struct JournalVerificationBody: Encodable, Sendable {
    struct Fault: Encodable, Sendable {
        var sequence: Int64
        var reason: String
    }

    var valid: Bool
    var entries: Int64
    @OrNull var fault: Fault?

    init(_ verification: JournalVerification) {
        valid = verification.isValid
        entries = verification.entries
        fault = verification.fault.map { Fault(sequence: $0.sequence, reason: $0.reason.rawValue) }
    }
}
