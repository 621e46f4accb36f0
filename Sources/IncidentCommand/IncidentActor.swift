import GatewayCore

/// Who does something to an incident, as the journal will remember it: the names are those of that moment.
package struct IncidentActor: Sendable, Hashable, Codable {
    package let id: AccountID
    package let name: String
    /// The account's role, as `Accounts.Role` spells it.
    package let role: String
    /// Unit of the account; empty if it has none.
    package let unit: String

    package init(id: AccountID, name: String, role: String, unit: String = "") {
        self.id = id
        self.name = name
        self.role = role
        self.unit = unit
    }

    package var duty: CommandDuty { CommandDuty(rawValue: role) ?? .observer }
}

/// What a person may do to the course of an incident. Raw values equal the roles of the same name.
package enum CommandDuty: String, Sendable, Hashable, CaseIterable {
    case commander, `operator`, callTaker
    /// Everyone else: changes nothing.
    case observer
}
