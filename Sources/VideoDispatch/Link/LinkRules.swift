import CameraRegistry
import Foundation
import GatewayCore
import IncidentCommand

/// What is asked for when a point is to be linked.
package struct LinkRequest: Sendable, Hashable {
    package var cameraPoint: CameraPointID
    package var record: Bool
    package var ground: LinkGround?
    package var reason: String?

    package init(cameraPoint: CameraPointID, record: Bool = true, ground: LinkGround? = nil, reason: String? = nil) {
        self.cameraPoint = cameraPoint
        self.record = record
        self.ground = ground
        self.reason = reason
    }
}

/// What the rules must know of an incident.
package struct LinkSituation: Sendable, Hashable {
    package var isActive: Bool
    package var isDrill: Bool
    /// The incident's own ground, for links that name none.
    package var ground: LinkGround?
    /// Points with an active link under this incident.
    package var linked: Set<CameraPointID>

    package init(isActive: Bool, isDrill: Bool, ground: LinkGround? = nil, linked: Set<CameraPointID> = []) {
        self.isActive = isActive
        self.isDrill = isDrill
        self.ground = ground
        self.linked = linked
    }

    package init(_ incident: Incident, links: [Link], now: Date) {
        self.init(
            isActive: incident.isActive, isDrill: incident.isDrill, ground: incident.ground,
            linked: Set(links.filter { $0.isActive(at: now) }.map(\.cameraPoint)))
    }
}

/// Which point may be linked to which incident, and why not. Pure; asked again inside the writing transaction.
package struct LinkRules: Sendable {
    package var linksPerIncident = 32

    package init() {}

    /// The first rule that `request` breaks, or `nil`: it may be linked.
    package func refusal(
        of request: LinkRequest, point listing: CameraPointListing, situation: LinkSituation, today: CalendarDay
    ) -> GatewayError? {
        obstacle(to: listing, situation: situation, today: today)
            ?? omission(in: request, point: listing.point, situation: situation)
    }

    /// What forbids the link whatever ground or reason is given.
    package func obstacle(to listing: CameraPointListing, situation: LinkSituation, today: CalendarDay) -> GatewayError? {
        let point = listing.point
        if !situation.isActive {
            return GatewayError(.conflict, "incidentEnded", "事件已结束,不能再关联点位。", remedy: "如需继续,请新建事件。")
        }
        if situation.linked.contains(point.id) {
            return GatewayError(.conflict, "alreadyLinked", "「\(point.name)」已关联到本事件。")
        }
        if let refusal = stateRefusal(of: listing) { return refusal }
        if point.isPrivate, situation.isDrill {
            return GatewayError(
                .forbidden, "privateInDrill", "「\(point.name)」属社会资源(\(point.sourceCategory.chineseName)),演练事件不得关联。",
                remedy: "演练请使用雪亮工程或政府自建点位。")
        }
        if let refusal = companyRefusal(of: listing, today: today) { return refusal }
        if situation.linked.count >= linksPerIncident {
            return GatewayError(
                .conflict, "tooManyLinks", "本事件已关联 \(situation.linked.count) 个点位,达到上限 \(linksPerIncident)。",
                remedy: "先取消不再需要的关联。", details: ["limit": String(linksPerIncident)])
        }
        return nil
    }

    /// A private point needs a ground.
    package func needsGround(_ point: CameraPoint) -> Bool { point.isPrivate }
    /// A view into a room asks for a reason.
    package func needsReason(_ point: CameraPoint) -> Bool { point.coverage == .interior }

    private func omission(in request: LinkRequest, point: CameraPoint, situation: LinkSituation) -> GatewayError? {
        if needsGround(point), request.ground ?? situation.ground == nil {
            return GatewayError(
                .forbidden, "groundRequired", "「\(point.name)」属社会资源(\(point.sourceCategory.chineseName)),关联须选择法定事由。",
                remedy: "选择:" + LinkGround.allCases.map(\.name).joined(separator: "、") + "。",
                details: ["allowed": LinkGround.allCases.map(\.rawValue).joined(separator: ",")])
        }
        if needsReason(point), (request.reason ?? "").allSatisfy(\.isWhitespace) {
            return GatewayError(
                .forbidden, "reasonRequired", "「\(point.name)」为室内画面,关联须说明理由。", remedy: "填写为何街面或出入口画面不够用。")
        }
        return nil
    }

    private func stateRefusal(of listing: CameraPointListing) -> GatewayError? {
        let point = listing.point
        if point.placeType.isBanned {
            return GatewayError(
                .forbidden, "placeTypeBanned", "「\(point.name)」位于禁止采集图像的场所(\(point.placeType.chineseName))。",
                remedy: "见\(PlaceType.article)。")
        }
        if !point.accessMethod.hasStream {
            var details = ["owner": point.owner]
            details["phone"] = point.ownerContact
            return GatewayError(
                .conflict, "collectionPoint", "「\(point.name)」为信息采集点,没有实时画面。",
                remedy: "联系\(point.owner)\(point.ownerContact.map { "(\($0))" } ?? "")调取录像。", details: details)
        }
        if point.status != .inUse {
            return GatewayError(
                .conflict, "pointNotInUse", "「\(point.name)」当前状态为\(point.status.chineseName),不能关联。",
                remedy: "由\(point.leadDepartment)恢复在用后再关联。", details: ["status": point.status.rawValue])
        }
        if point.streams.isEmpty {
            return GatewayError(
                .conflict, "noStream", "「\(point.name)」没有登记码流地址。", remedy: "由\(point.leadDepartment)补全一机一档。")
        }
        return nil
    }

    /// Suspends from new links only; a link that stands is never cut by this.
    private func companyRefusal(of listing: CameraPointListing, today: CalendarDay) -> GatewayError? {
        let point = listing.point
        guard point.accessMethod == .securityCompany else { return nil }
        if let company = listing.securityCompany, !company.hasValidLicence(on: today) {
            return GatewayError(
                .forbidden, "licenceExpired",
                "\(company.name)的\(company.licenceKind)已于 \(company.licenceValidUntil?.description ?? "") 到期。",
                remedy: "公司更新资质后方可新增关联。", details: ["securityCompany": company.id.rawValue])
        }
        if let expiry = point.dataRightExpiresOn, expiry < today {
            return GatewayError(
                .forbidden, "dataRightExpired", "「\(point.name)」的数据授权已于 \(expiry) 到期。", remedy: "由安防公司续签数据授权后方可新增关联。")
        }
        return nil
    }
}

extension CalendarDay {
    /// The day in China (UTC+8, without summer time since 1992).
    package init?(inChina date: Date) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 8 * 3_600) ?? .gmt
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        guard let year = parts.year, let month = parts.month, let day = parts.day else { return nil }
        self.init(year: year, month: month, day: day)
    }
}
