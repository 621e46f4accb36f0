import Accounts
import GatewayCore
import IncidentCommand

/// The incident that a path names, for who may have it.
struct IncidentAccess: Sendable {
    let services: Services

    init(_ services: Services) { self.services = services }

    /// - Throws: `incidentNotFound`, also where the caller's right does not reach it: whoever may not see an incident is not
    ///   told that there is one. A member unit's right reaches incidents in which it holds a directive.
    func incident(of call: Call, _ resource: Resource, _ action: Action) async throws -> Incident {
        let id = try call.identifier("incident", IncidentSubject.self)
        guard call.caller.scope(resource, action) == .all, let incident = try await services.incidents.incident(id) else {
            throw GatewayError(.notFound, "incidentNotFound", "没有这个事件。", details: ["incident": id.rawValue])
        }
        return incident
    }
}
