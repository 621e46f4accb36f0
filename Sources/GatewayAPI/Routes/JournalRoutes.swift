import Accounts
import GatewayCore
import IncidentCommand

/// `incidents/{id}/journal`: read, verify, add a note.
struct JournalRoutes {
    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "incidents/:incident/journal", .right(.journal, .read)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .journal, .read)
            let after = try call.query.integer("cursor", in: 0...Int(Int32.max)) ?? 0
            let limit = try call.query.integer("limit", in: 1...1_000) ?? 500
            let entries = try await services.incidents.journal(of: incident.id, after: Int64(after), limit: limit)
            let total = try await services.incidents.journalLength(of: incident.id)
            let last = entries.last?.sequence ?? total
            return try .json(
                ListBody(entries.map(JournalBody.init), nextCursor: last < total ? String(last) : nil, total: Int(clamping: total)))
        }
        table.on(.post, "incidents/:incident/journal", .right(.journal, .write)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .journal, .write)
            let text = try await call.body(NoteRequest.self).text
            let entry = try await services.incidents.note(
                incident.id, text: text, by: call.caller.actor, at: services.clock.now())
            return try .json(JournalBody(entry), status: .created)
        }
        table.on(.get, "incidents/:incident/journal/verification", .right(.journal, .read)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .journal, .read)
            return try .json(JournalVerificationBody(try await services.incidents.verifyJournal(of: incident.id)))
        }
    }
}
