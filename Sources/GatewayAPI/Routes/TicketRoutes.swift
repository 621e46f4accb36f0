import Accounts
import FeedRelay
import Foundation
import GatewayCore
import VideoDispatch

/// `…/tickets`: the right of one person to one feed for a minute.
struct TicketRoutes {
    struct LinkTicketRequest: Decodable {
        /// Only `incident` is to be had here.
        var purpose: VideoPurpose?
        var stream: StreamRole?
    }

    struct PointTicketRequest: Decodable {
        var purpose: VideoPurpose
        var reason: String?
        var stream: StreamRole?
    }

    struct TicketBody: Encodable, Sendable {
        var ticket: String
        var feed: String
        var rtsp: String
        /// The same by TLS; null where the gateway has no certificate for it.
        @OrNull var rtsps: String?
        var live: String
        /// The same as H.264 at most 720 lines high, whatever the camera sends; null where the gateway makes none.
        @OrNull var liveTranscoded: String?
        var hls: String
        var snapshot: String
        /// Key pictures as JPEG, one after the other, for clients without a video player.
        var preview: String
        var expiresAt: Date
        @OrNull var mimeType: String?
    }

    let services: Services
    let urls: MediaURLs

    func add(to table: inout RouteTable) {
        let services = services
        let urls = urls
        table.on(.post, "incidents/:incident/links/:link/tickets", .right(.video, .incident)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .video, .incident)
            let link = try call.identifier("link", LinkSubject.self)
            let request = try await call.body(LinkTicketRequest.self)
            guard request.purpose ?? .incident == .incident else { throw Self.wrongPurpose }
            let issued = try await services.tickets.ticket(
                for: link, of: incident.id, stream: request.stream ?? .sub, to: try Self.person(of: call))
            return try .json(await Self.body(issued, urls, services.relay, call), status: .created)
        }
        table.on(.post, "camera-points/:point/tickets", .signedIn) { call in
            let request = try await call.body(PointTicketRequest.self)
            guard request.purpose == .patrol else { throw Self.wrongPurpose }
            try PermissionTable.require(call.caller.role, on: .video, for: Action(request.purpose))
            let issued = try await services.tickets.patrolTicket(
                for: try call.identifier("point"), stream: request.stream ?? .sub, reason: request.reason ?? "",
                to: try Self.person(of: call))
            return try .json(await Self.body(issued, urls, services.relay, call), status: .created)
        }
    }

    /// A ticket belongs to a person's session; the control socket has none.
    private static func person(of call: Call) throws -> SignedIn {
        guard let session = call.caller.session else {
            throw GatewayError(.forbidden, "noSession", "控制套接字不能申请播放凭证。", remedy: "请以个人账号登录。")
        }
        return SignedIn(session: session, account: call.caller.account)
    }

    private static func body(
        _ issued: TicketOffice.Issued, _ urls: MediaURLs, _ relay: FeedRelay, _ call: Call
    ) async -> TicketBody {
        TicketBody(
            ticket: issued.text, feed: issued.feed.description,
            rtsp: urls.rtsp(issued.feed, ticket: issued.text, for: call.request),
            rtsps: urls.rtsps(issued.feed, ticket: issued.text, for: call.request),
            live: urls.live(ticket: issued.text, for: call.request),
            liveTranscoded: relay.offersTranscodes ? urls.liveTranscoded(ticket: issued.text, for: call.request) : nil,
            hls: urls.hls(ticket: issued.text, for: call.request),
            snapshot: urls.snapshot(ticket: issued.text, for: call.request),
            preview: urls.preview(ticket: issued.text, for: call.request), expiresAt: issued.expiresAt,
            mimeType: await relay.glance(at: issued.feed)?.mimeType)
    }

    private static let wrongPurpose = GatewayError(
        .invalid, "purposeNotOffered", "此处不能申请该用途的播放凭证。", remedy: "事件处置请从事件的关联点位申请,视频巡查请从点位申请。",
        details: ["field": "purpose"])
}
