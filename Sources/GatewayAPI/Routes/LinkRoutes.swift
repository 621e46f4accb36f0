import Accounts
import FeedRelay
import Foundation
import GatewayCore
import IncidentCommand
import VideoDispatch

/// `incidents/{id}/suggestions` and `incidents/{id}/links`.
struct LinkRoutes {
    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "incidents/:incident/suggestions", .right(.suggestion, .read)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .suggestion, .read)
            let limit = try call.query.integer("limit", in: 1...100) ?? 20
            let suggestions = try await services.suggestions.suggestions(for: incident, limit: limit)
            return try .json(ListBody(whole: suggestions.map { SuggestionBody($0, disclosure: call.disclosure) }))
        }
        table.on(.get, "incidents/:incident/links", .right(.link, .read)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .link, .read)
            return try .json(ListBody(whole: try await LinkReading(services).bodies(of: incident, for: call)))
        }
        table.on(.post, "incidents/:incident/links", .right(.link, .write)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .link, .write)
            let request = try await call.body(LinkCreationRequest.self).link
            let link = try await services.links.create(request, on: incident.id, by: call.caller.actor)
            return try .json(try await LinkReading(services).body(of: link, on: incident, for: call), status: .created)
        }
        table.on(.delete, "incidents/:incident/links/:link", .right(.link, .write)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .link, .write)
            try await services.links.end(try call.identifier("link"), of: incident.id, by: call.caller.actor)
            return .noContent
        }
        table.on(.post, "incidents/:incident/links/:link/renewal", .right(.link, .write)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .link, .write)
            let id = try call.identifier("link", LinkSubject.self)
            let reason = try await call.body(LinkRenewalRequest.self).reason
            let link = try await services.links.renew(id, of: incident.id, reason: reason, by: call.caller.actor)
            return try .json(try await LinkReading(services).body(of: link, on: incident, for: call))
        }
    }
}

/// Gathers what a link's answer shows: its point, its feed, its recording.
struct LinkReading: Sendable {
    let services: Services

    init(_ services: Services) { self.services = services }

    /// Nearest to the incident first, then in the order of linking: the first cells are those that show it best. Points
    /// without a place, and all points of an incident without one, stand behind.
    func bodies(of incident: Incident, for call: Call) async throws -> [LinkBody] {
        let recordings = try await Recordings(incident.id, services)
        var bodies: [LinkBody] = []
        for link in try await services.linkStore.links(of: incident.id).reversed() {
            if let body = try await body(of: link, on: incident, recordings, call) { bodies.append(body) }
        }
        return bodies.sorted { left, right in
            let (near, far) = (left.cameraPoint.distance ?? .infinity, right.cameraPoint.distance ?? .infinity)
            return near == far ? left.linkedAt < right.linkedAt : near < far
        }
    }

    func body(of link: Link, on incident: Incident, for call: Call) async throws -> LinkBody {
        guard let body = try await body(of: link, on: incident, Recordings(link.incident, services), call) else {
            throw PointDisclosure.unknown(link.cameraPoint)
        }
        return body
    }

    /// `nil` if the point is no longer in the registry.
    private func body(of link: Link, on incident: Incident, _ recordings: Recordings, _ call: Call) async throws -> LinkBody? {
        guard var listing = try await services.points.cameraPoint(link.cameraPoint) else { return nil }
        if let place = incident.location { listing.distance = listing.point.location?.distance(to: place) }
        let isActive = link.isActive(at: services.clock.now())
        return LinkBody(
            link, cameraPoint: CameraPointBody(listing, disclosure: call.disclosure),
            feed: isActive ? await feedState(of: listing.point.id) : nil, recording: isActive ? recordings.state(of: link) : nil)
    }

    /// The better of what the point's feeds are doing: a link keeps one or both open.
    private func feedState(of point: CameraPointID) async -> FeedState {
        let states = [
            await services.relay.state(of: FeedID(cameraPoint: point, stream: .main)),
            await services.relay.state(of: FeedID(cameraPoint: point, stream: .sub)),
        ]
        return states.min { Self.rank($0) < Self.rank($1) } ?? .closed
    }

    private static func rank(_ state: FeedState) -> Int {
        switch state {
        case .live: 0
        case .stale: 1
        case .connecting: 2
        case .backingOff: 3
        case .closed: 4
        }
    }
}
