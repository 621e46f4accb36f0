import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import Hummingbird
import IncidentCommand
import VideoDispatch

/// `camera-points/{id}/publishing-tickets`: who may push a point's stream, and the register of what came of it.
struct PublishingRoutes {
    struct IssueRequest: Decodable {
        var stream: StreamRole?
        var days: Int?
        /// Which relay gets it.
        var note: String?
    }

    struct TicketBody: Encodable, Sendable {
        var id: String
        var stream: String
        var note: String
        var issuedAt: Date
        var issuedBy: CameraPointBody.Named
        var expiresAt: Date
        var state: String
        @OrNull var revokedAt: Date?
        @OrNull var revokedBy: String?
        /// Whether somebody publishes by it now.
        var publishing: Bool

        init(_ ticket: PublishingTicket, state: PublishingTicket.State, isPublishing: Bool) {
            id = ticket.id.rawValue
            stream = ticket.feed.stream.rawValue
            note = ticket.note
            issuedAt = ticket.issuedAt
            issuedBy = .init(id: ticket.issuedBy.id.rawValue, name: ticket.issuedBy.name)
            expiresAt = ticket.expiresAt
            self.state = state.rawValue
            revokedAt = ticket.revokedAt
            revokedBy = ticket.revokedByName
            publishing = isPublishing
        }
    }

    /// What the relay is given: shown this once, kept nowhere.
    struct IssuedBody: Encodable, Sendable {
        var id: String
        var feed: String
        var ticket: String
        var rtsp: String
        /// The same by TLS; null where the gateway has no certificate for it.
        @OrNull var rtsps: String?
        var expiresAt: Date
    }

    struct RecordBody: Encodable, Sendable {
        var number: Int64
        var kind: String
        var at: Date
        @OrNull var ticketId: String?
        @OrNull var feed: String?
        @OrNull var actor: CameraPointBody.Named?
        @OrNull var publicationId: String?
        @OrNull var peer: String?
        @OrNull var bytes: Int64?
        @OrNull var reason: String?
        var times: Int

        init(_ number: Int64, _ record: PublishingRecord) {
            self.number = number
            kind = record.kind.rawValue
            at = record.at
            ticketId = record.ticket?.rawValue
            feed = record.feed?.description
            actor = record.actor.map { .init(id: $0.id.rawValue, name: $0.name) }
            publicationId = record.publication?.rawValue
            peer = record.peer
            bytes = record.bytes
            reason = record.reason
            times = record.times
        }
    }

    let services: Services
    let urls: MediaURLs

    func add(to table: inout RouteTable) {
        let services = services
        let urls = urls
        table.on(.get, "camera-points/:point/publishing-tickets", .right(.publishing, .read)) { call in
            let point = try await CameraPointRoutes.listing(of: call, services, .publishing, .read).point
            var bodies: [TicketBody] = []
            for ticket in try await services.publishing.store.tickets(of: point.id) {
                let present = await services.relay.publisher(of: ticket.feed)
                bodies.append(
                    TicketBody(ticket, state: services.publishing.state(of: ticket), isPublishing: present?.ticket == ticket.id))
            }
            return try .json(ListBody(whole: bodies))
        }
        table.on(.post, "camera-points/:point/publishing-tickets", .right(.publishing, .write)) { call in
            let point = try await CameraPointRoutes.listing(of: call, services, .publishing, .write).point
            let request = try await call.body(IssueRequest.self)
            let (ticket, text) = try await services.publishing.issue(
                .init(
                    stream: request.stream ?? .main, days: request.days ?? PublishingTicket.usualDays, note: request.note ?? ""),
                for: point, by: call.caller.actor)
            return try .json(
                IssuedBody(
                    id: ticket.id.rawValue, feed: ticket.feed.description, ticket: text,
                    rtsp: urls.publishing(ticket.feed, ticket: text, for: call.request),
                    rtsps: urls.securePublishing(ticket.feed, ticket: text, for: call.request), expiresAt: ticket.expiresAt),
                status: .created)
        }
        table.on(.delete, "camera-points/:point/publishing-tickets/:ticket", .right(.publishing, .write)) { call in
            let point = try await CameraPointRoutes.listing(of: call, services, .publishing, .write).point
            try await services.publishing.revoke(try call.identifier("ticket"), of: point.id, by: call.caller.actor)
            return .noContent
        }
        table.on(.get, "camera-points/:point/publishing-records", .right(.publishing, .read)) { call in
            let point = try await CameraPointRoutes.listing(of: call, services, .publishing, .read).point
            return try await Self.records(of: point.id, call, services)
        }
        table.on(.get, "publishing-records", .right(.publishingRegister, .read)) { call in
            try await Self.records(of: nil, call, services)
        }
    }

    private static func records(of point: CameraPointID?, _ call: Call, _ services: Services) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...1_000) ?? 200
        let cursor = try call.query.integer("cursor", in: 1...Int.max)
        let page = try await services.publishing.store.records(of: point, limit: limit, cursor: cursor.map(Int64.init))
        return try .json(
            ListBody(
                page.items.map { RecordBody($0.number, $0.record) }, nextCursor: page.nextCursor.map(String.init),
                total: page.total))
    }
}
