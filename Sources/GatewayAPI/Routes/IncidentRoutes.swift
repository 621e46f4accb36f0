import Accounts
import GatewayCore
import IncidentCommand
import VideoDispatch

/// `incidents`: open, list, move on, switch mode.
struct IncidentRoutes {
    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "incidents", .right(.incident, .read)) { call in
            let state = try call.query.choice("state", as: IncidentState.self)
            let limit = try call.query.integer("limit", in: 1...500) ?? 100
            guard call.caller.scope(.incident, .read) == .all else { return try .json(ListBody<IncidentBody>(whole: [])) }
            let page = try await services.incidents.incidents(state, limit: limit, cursor: call.query["cursor"])
            var items: [IncidentBody] = []
            for incident in page.items { items.append(try await Self.body(of: incident, for: call, services)) }
            return try .json(ListBody(items, nextCursor: page.nextCursor, total: page.total))
        }
        table.on(.post, "incidents", .right(.incident, .write)) { call in
            let opening = try await call.body(IncidentOpeningRequest.self).opening
            let incident = try await services.incidents.open(opening, by: call.caller.actor, at: services.clock.now())
            return try .json(try await Self.body(of: incident, for: call, services), status: .created)
        }
        table.on(.get, "incidents/:incident", .right(.incident, .read)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .incident, .read)
            return try .json(try await Self.body(of: incident, for: call, services))
        }
        table.on(.post, "incidents/:incident/transitions", .right(.incident, .write)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .incident, .write)
            let request = try await call.body(TransitionRequest.self)
            let moved = try await services.incidents.transition(
                incident.id, to: request.to, note: request.note, by: call.caller.actor, at: services.clock.now())
            if !moved.isActive { try await services.links.endAll(of: moved.id) }
            return try .json(try await Self.body(of: moved, for: call, services))
        }
        table.on(.post, "incidents/:incident/mode", .right(.incident, .command)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .incident, .command)
            let order = try await call.body(ModeRequest.self).order
            let changed = try await services.incidents.setMode(
                incident.id, order: order, by: call.caller.actor, at: services.clock.now())
            return try .json(try await Self.body(of: changed, for: call, services))
        }
    }

    private static func body(of incident: Incident, for call: Call, _ services: Services) async throws -> IncidentBody {
        let now = services.clock.now()
        let links = incident.isActive ? try await services.linkStore.links(of: incident.id).count { $0.isActive(at: now) } : 0
        return IncidentBody(incident, linkCount: links, duty: call.caller.actor.duty)
    }
}
