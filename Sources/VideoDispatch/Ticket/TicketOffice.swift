import Accounts
import CameraRegistry
import FeedRelay
import Foundation
import GatewayCore
import IncidentCommand

/// Issues tickets to those who may have them; each is a row of the viewing register before it is handed out.
package struct TicketOffice: Sendable {
    package struct Issued: Sendable {
        /// What goes into the URL.
        package let text: String
        package let feed: FeedID
        package let expiresAt: Date
    }

    private let key: TicketKey
    private let links: any LinkStore
    private let points: any CameraPointStore
    private let register: any ViewingRegister
    private let clock: WallClock

    package init(
        key: TicketKey, links: any LinkStore, points: any CameraPointStore, register: any ViewingRegister,
        clock: WallClock = .system
    ) {
        self.key = key
        self.links = links
        self.points = points
        self.register = register
        self.clock = clock
    }

    /// A ticket to a linked point's feed, under its incident. A stream that the point lacks gives the one it has.
    ///
    /// Throws `roleMayNot`, `notShared`, `linkNotFound`, `linkEnded`, `noStream`.
    package func ticket(
        for link: LinkID, of incident: IncidentID, stream: StreamRole, to person: SignedIn
    ) async throws -> Issued {
        let scope = try PermissionTable.require(person.account.role, on: .video, for: .incident)
        guard scope == .all else {
            throw GatewayError(.forbidden, "notShared", "该画面未与贵单位共享。", remedy: "请视频调度员或指挥长共享。")
        }
        guard let link = try await links.link(link), link.incident == incident else {
            throw GatewayError(.notFound, "linkNotFound", "没有这个关联。")
        }
        guard link.isActive(at: clock.now()) else { throw GateState.linkEnded }
        let point = try await point(link.cameraPoint)
        return try await issue(
            point, stream: stream, purpose: .incident, incident: incident, link: link.id, reason: link.reason, to: person)
    }

    /// 视频巡查: a ticket to a government-built point without an incident. Throws `roleMayNot`, `privatePoint`,
    /// `reasonRequired`, `cameraPointNotFound`, `pointNotInUse`, `noStream`.
    package func patrolTicket(
        for id: CameraPointID, stream: StreamRole, reason: String, to person: SignedIn
    ) async throws -> Issued {
        try PermissionTable.require(person.account.role, on: .video, for: .patrol)
        let reason = try IncidentText.checked(reason, field: "reason", limit: 500)
        let point = try await point(id)
        guard !point.isPrivate else {
            throw GatewayError(
                .forbidden, "privatePoint", "「\(point.name)」属社会资源(\(point.sourceCategory.chineseName)),不得巡查。",
                remedy: "只有关联到进行中的事件后才能查看。")
        }
        guard point.status == .inUse else {
            throw GatewayError(.conflict, "pointNotInUse", "「\(point.name)」当前状态为\(point.status.chineseName)。")
        }
        guard !reason.isEmpty else {
            throw GatewayError(.invalid, "reasonRequired", "视频巡查须填写理由。", details: ["field": "reason"])
        }
        return try await issue(point, stream: stream, purpose: .patrol, incident: nil, link: nil, reason: reason, to: person)
    }

    private func point(_ id: CameraPointID) async throws -> CameraPoint {
        guard let listing = try await points.cameraPoint(id) else {
            throw GatewayError(.notFound, "cameraPointNotFound", "没有这个监控点位。")
        }
        return listing.point
    }

    private func issue(
        _ point: CameraPoint, stream: StreamRole, purpose: ViewPurpose, incident: IncidentID?, link: LinkID?, reason: String?,
        to person: SignedIn
    ) async throws -> Issued {
        guard let found = point.preferredStream(stream), point.accessMethod.hasStream else {
            throw GatewayError(.conflict, "noStream", "「\(point.name)」没有实时码流。")
        }
        let feed = FeedID(cameraPoint: point.id, stream: found.role)
        let now = clock.now()
        let account = person.account
        let ticket = Ticket(
            feed: feed, purpose: purpose, account: account.id, session: person.session.id, incident: incident, link: link,
            issuedAt: now)
        try await register.append([
            ViewingDraft(
                kind: .ticketIssued, at: now, account: account.id, accountName: account.name, role: account.role.rawValue,
                unit: account.unit, session: person.session.id, cameraPoint: point.id, cameraPointName: point.name,
                stream: found.role, purpose: VideoPurpose(purpose), incident: incident, link: link, reason: reason)
        ])
        return Issued(text: ticket.text(signedWith: key), feed: feed, expiresAt: ticket.expiresAt)
    }
}
