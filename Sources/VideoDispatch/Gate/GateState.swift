import FeedRelay
import Foundation
import GatewayCore

/// What the gate knows, and what follows from it. Pure: no lock, no clock, no I/O.
///
/// Links are held as a positive list, so a link that is not known to be active admits nobody; sessions and accounts as
/// revocations, forgotten once every ticket issued before them has run out.
struct GateState: Sendable {
    struct ActiveLink: Sendable, Hashable {
        let incident: IncidentID
        let cameraPoint: CameraPointID
        let expiresAt: Date

        init(_ link: Link) {
            incident = link.incident
            cameraPoint = link.cameraPoint
            expiresAt = link.expiresAt
        }
    }

    private(set) var links: [LinkID: ActiveLink] = [:]
    private(set) var revokedSessions: [SessionID: Date] = [:]
    private(set) var revokedAccounts: [AccountID: Date] = [:]
    /// Rises with each change of the links from outside a reconciliation.
    private(set) var linkChanges = 0
    /// Tickets issued in the minute before it are of an earlier life of the daemon, whose revocations are forgotten.
    let startedAt: Date

    init(startedAt: Date) { self.startedAt = startedAt }

    mutating func activate(_ link: Link) {
        linkChanges &+= 1
        links[link.id] = link.endedAt == nil ? ActiveLink(link) : nil
    }

    /// The links that were active until now.
    mutating func deactivate(_ ids: Set<LinkID>) -> Set<LinkID> {
        linkChanges &+= 1
        return Set(ids.filter { links.removeValue(forKey: $0) != nil })
    }

    mutating func deactivateAll(of incident: IncidentID) -> Set<LinkID> {
        deactivate(Set(links.filter { $0.value.incident == incident }.keys))
    }

    /// Takes what the store says, unless links changed since `linkChanges` was read; answers those that fell away.
    mutating func replaceLinks(_ active: [Link], ifUnchangedSince change: Int) -> Set<LinkID>? {
        guard change == linkChanges else { return nil }
        let before = Set(links.keys)
        links = Dictionary(active.map { ($0.id, ActiveLink($0)) }, uniquingKeysWith: { first, _ in first })
        return before.subtracting(links.keys)
    }

    mutating func revoke(session: SessionID, at date: Date) {
        prune(at: date)
        revokedSessions[session] = date
    }

    mutating func revoke(account: AccountID, at date: Date) {
        prune(at: date)
        revokedAccounts[account] = date
    }

    private mutating func prune(at date: Date) {
        let limit = date.addingTimeInterval(-2 * Ticket.lifetime)
        revokedSessions = revokedSessions.filter { $0.value > limit }
        revokedAccounts = revokedAccounts.filter { $0.value > limit }
    }

    /// What a verified ticket opens.
    func admit(_ ticket: Ticket, medium: ViewMedium, now: Date) -> Admission {
        guard !isOfEarlierLife(ticket) else { return .refused(Self.stale) }
        if let session = ticket.session, revokedSessions[session] != nil { return .refused(Self.signedOut) }
        if let revoked = revokedAccounts[ticket.account], ticket.issuedAt <= revoked { return .refused(Self.signedOut) }
        var endsAt: Date?
        switch ticket.purpose {
        case .incident:
            guard let id = ticket.link, let link = links[id], link.cameraPoint == ticket.feed.cameraPoint,
                link.incident == ticket.incident, now < link.expiresAt
            else { return .refused(Self.linkEnded) }
        case .patrol: break
        case .acceptance: endsAt = ticket.expiresAt
        case .maintenance:
            guard medium == .snapshot else { return .refused(Self.stillOnly) }
            endsAt = ticket.expiresAt
        }
        return .granted(
            ViewGrant(
                viewID: .random(), feed: ticket.feed, account: ticket.account, session: ticket.session, incident: ticket.incident,
                link: ticket.link, purpose: ticket.purpose, issuedAt: ticket.issuedAt, endsAt: endsAt))
    }

    /// Older ones have run out; only a clock that was set back makes them look so, and those are of this life.
    private func isOfEarlierLife(_ ticket: Ticket) -> Bool {
        ticket.issuedAt < startedAt && ticket.issuedAt >= startedAt.addingTimeInterval(-Ticket.lifetime)
    }

    /// Whether a view that was admitted a moment ago may still begin: its link, session or account may have ended in between.
    func isStillGood(_ grant: ViewGrant) -> Bool {
        if let session = grant.session, revokedSessions[session] != nil { return false }
        if let revoked = revokedAccounts[grant.account], grant.issuedAt <= revoked { return false }
        if grant.purpose == .incident { return grant.link.map { links[$0] != nil } ?? false }
        return true
    }

    static let forged = GatewayError(.unauthenticated, "ticketInvalid", "播放凭证无效。", remedy: "重新申请播放凭证。")
    static let stale = GatewayError(.unauthenticated, "ticketExpired", "播放凭证已过期。", remedy: "播放凭证须在 60 秒内使用,请重新申请。")
    static let signedOut = GatewayError(.unauthenticated, "sessionEnded", "登录已结束。", remedy: "请重新登录。")
    static let linkEnded = GatewayError(.forbidden, "linkEnded", "该点位与事件的关联已结束。", remedy: "如仍需要,请重新关联。")
    static let stillOnly = GatewayError(.forbidden, "stillOnly", "维护用途只能取一张静态图片。")
    static let registerFull = GatewayError(
        .unavailable, "registerUnavailable", "视频调阅登记暂不可用,不能开始观看。", remedy: "检查数据盘后重试。")
}
