import CameraRegistry
import Foundation
import GatewayCore
import IncidentCommand

/// Use cases of links: create, renew, end. Every step is a journal entry and an event in the same transaction; the gate
/// learns of it at once, the reconciler is woken.
package struct LinkService: Sendable {
    private let links: any LinkStore
    private let points: any CameraPointStore
    private let gate: DispatchGate
    private let wake: ReconcilerSignal
    private let rules: LinkRules
    private let clock: WallClock

    package init(
        links: any LinkStore, points: any CameraPointStore, gate: DispatchGate, wake: ReconcilerSignal,
        rules: LinkRules = LinkRules(),
        clock: WallClock = .system
    ) {
        self.links = links
        self.points = points
        self.gate = gate
        self.wake = wake
        self.rules = rules
        self.clock = clock
    }

    /// Throws what ``LinkRules`` refuse, `cameraPointNotFound`, `incidentNotFound`, or `roleMayNotLink`.
    package func create(_ request: LinkRequest, on incident: IncidentID, by actor: IncidentActor) async throws -> Link {
        try Self.checkRole(of: actor)
        guard let listing = try await points.cameraPoint(request.cameraPoint) else {
            throw GatewayError(.notFound, "cameraPointNotFound", "没有这个监控点位。")
        }
        var request = request
        request.reason = try request.reason.map { try IncidentText.checked($0, field: "reason", limit: 500) }
        let now = clock.now()
        guard let today = CalendarDay(inChina: now) else { throw GatewayError(.failed, "clock", "网关时钟不正确。") }
        let link = try await links.createLink(on: incident) { [request, rules] incident, current in
            let situation = LinkSituation(incident, links: current, now: now)
            if let refusal = rules.refusal(of: request, point: listing, situation: situation, today: today) { throw refusal }
            return Self.creation(request, listing.point, incident: incident, by: actor, at: now)
        }
        gate.activate(link)
        wake.send()
        return link
    }

    /// A further 24 hours from now. Throws `reasonRequired`, `linkEnded`, `linkNotFound`.
    package func renew(_ id: LinkID, of incident: IncidentID, reason: String, by actor: IncidentActor) async throws -> Link {
        try Self.checkRole(of: actor)
        let reason = try IncidentText.checked(reason, field: "reason", limit: 500)
        guard !reason.isEmpty else {
            throw GatewayError(.invalid, "reasonRequired", "续期须填写理由。", details: ["field": "reason"])
        }
        let now = clock.now()
        let link = try await links.changeLink(id) { link, of in
            guard link.incident == incident else { throw Self.notFound }
            guard link.isActive(at: now), of.isActive else {
                throw GatewayError(.conflict, "linkEnded", "该关联已结束,不能续期。", remedy: "如仍需要,请重新关联。")
            }
            var link = link
            link.expiresAt = now.addingTimeInterval(Link.lifetime)
            return LinkChange(
                link: link,
                journal: JournalDraft(
                    incident: incident, at: now, actor: actor, kind: .linkRenewed,
                    text: "续期关联点位“\(link.cameraPointName)”24 小时：\(reason)",
                    body: [
                        "link": .string(id.rawValue), "cameraPoint": .string(link.cameraPoint.rawValue), "reason": .string(reason),
                    ]),
                event: EventDraft(
                    at: now, kind: .linkCreated, subject: id.rawValue, incident: incident, cameraPoint: link.cameraPoint,
                    payload: ["renewed": true]))
        }
        gate.activate(link)
        wake.send()
        return link
    }

    /// Ends a link; its viewers are gone within a second. Ending one that has ended changes nothing.
    package func end(_ id: LinkID, of incident: IncidentID, by actor: IncidentActor) async throws {
        try Self.checkRole(of: actor)
        let now = clock.now()
        _ = try await links.changeLink(id) { link, _ in
            guard link.incident == incident else { throw Self.notFound }
            return link.endedAt == nil ? link.ending(.unlinked, by: actor, at: now) : nil
        }
        gate.deactivate([id])
        wake.send()
    }

    /// Ends the links of an incident that has just ended, where the store has not done so with it.
    package func endAll(of incident: IncidentID) async throws {
        _ = try await links.endLinks(.incident(incident), at: clock.now())
        gate.deactivateAll(of: incident)
        wake.send()
    }

    /// Ends the links of a point that was deleted, or that can no longer be watched.
    package func endAll(ofPoint point: CameraPointID, because reason: LinkEnd) async throws {
        let ended = try await links.endLinks(.cameraPoint(point, because: reason), at: clock.now())
        gate.deactivate(ended.map(\.id))
        wake.send()
    }

    private static let notFound = GatewayError(.notFound, "linkNotFound", "没有这个关联。")

    private static func checkRole(of actor: IncidentActor) throws {
        guard actor.duty == .operator || actor.duty == .commander else {
            throw GatewayError(.forbidden, "roleMayNotLink", "该角色不能关联点位。", remedy: "由视频调度员或指挥长操作。")
        }
    }

    private static func creation(
        _ request: LinkRequest, _ point: CameraPoint, incident: Incident, by actor: IncidentActor, at now: Date
    ) -> LinkChange {
        let ground = point.isPrivate ? request.ground ?? incident.ground : request.ground
        let reason = request.reason.flatMap { $0.isEmpty ? nil : $0 }
        let link = Link(
            incident: incident.id, cameraPoint: point.id, cameraPointName: point.name, record: request.record, ground: ground,
            reason: reason, linkedAt: now,
            linkedBy: actor, expiresAt: now.addingTimeInterval(Link.lifetime))
        var text = "关联点位“\(point.name)”"
        if let ground { text += "，事由：\(ground.name)" }
        if let reason { text += "，理由：\(reason)" }
        text += request.record ? "，录像" : "，不录像"
        return LinkChange(
            link: link,
            journal: JournalDraft(
                incident: incident.id, at: now, actor: actor, kind: .linkCreated, text: text,
                body: [
                    "link": .string(link.id.rawValue), "cameraPoint": .string(point.id.rawValue),
                    "gbCode": .string(point.gbCode.digits),
                    "name": .string(point.name), "private": .bool(point.isPrivate), "ground": JSONValue(ground?.rawValue),
                    "reason": JSONValue(reason), "record": .bool(request.record),
                    "expiresAt": .integer(Int64((link.expiresAt.timeIntervalSince1970 * 1_000).rounded())),
                ]),
            event: EventDraft(
                at: now, kind: .linkCreated, subject: link.id.rawValue, incident: incident.id, cameraPoint: point.id,
                payload: ["record": .bool(request.record)]))
    }
}
