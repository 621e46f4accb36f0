import Foundation
import GatewayCore

/// Incidents and their journals. One method is one use case and one transaction: the change, its journal entry and its
/// event together, or none of them. The rules of ``IncidentStages`` are applied inside that transaction.
///
/// All but the reads throw `GatewayError`; `incidentNotFound` where there is no such incident.
package protocol IncidentStore: Sendable {
    func open(_ opening: IncidentOpening, by actor: IncidentActor, at date: Date) async throws -> Incident
    func transition(
        _ id: IncidentID, to stage: IncidentStage, note: String?, by actor: IncidentActor, at date: Date
    ) async throws
        -> Incident
    func setMode(_ id: IncidentID, order: ModeOrder, by actor: IncidentActor, at date: Date) async throws -> Incident
    /// A note of a person; refused once the incident has ended.
    func note(_ id: IncidentID, text: String, by actor: IncidentActor, at date: Date) async throws -> JournalEntry

    func incident(_ id: IncidentID) async throws -> Incident?
    /// Newest first. `cursor` is what the page before gave as ``IncidentPage/nextCursor``.
    func incidents(_ state: IncidentState?, limit: Int, cursor: String?) async throws -> IncidentPage
    /// At most `limit` entries whose sequence is above `sequence`, in order.
    func journal(of id: IncidentID, after sequence: Int64, limit: Int) async throws -> [JournalEntry]
    /// How many entries the journal holds; 0 for an incident that is not there.
    func journalLength(of id: IncidentID) async throws -> Int64
    /// Reads the whole journal and holds every entry to its hash. Throws `incidentNotFound`.
    func verifyJournal(of id: IncidentID) async throws -> JournalVerification
}

package enum IncidentState: String, Sendable, Hashable, CaseIterable {
    case active, ended
}

package struct IncidentPage: Sendable {
    package let items: [Incident]
    /// `nil` on the last page.
    package let nextCursor: String?
    /// Incidents of that state on all pages.
    package let total: Int

    package init(items: [Incident], nextCursor: String?, total: Int) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
    }
}
