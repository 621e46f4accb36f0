import Foundation
import GatewayCore
import IncidentCommand

/// Where links rest. One method is one transaction: the change, its journal entry and its event together, or none of them.
package protocol LinkStore: Sendable {
    /// Runs `decide` on the incident and its links that are not ended, inside the transaction, and writes what it answers.
    /// Throws `incidentNotFound`, or what `decide` throws.
    func createLink(
        on incident: IncidentID, decide: @Sendable (Incident, [Link]) throws -> LinkChange
    ) async throws -> Link

    /// Runs `decide` on the stored link and its incident inside the transaction. Throws `linkNotFound`, or what `decide`
    /// throws; `nil` changes nothing and answers the link as it is.
    func changeLink(_ id: LinkID, decide: @Sendable (Link, Incident) throws -> LinkChange?) async throws -> Link

    /// Ends all selected links that are not ended, each with its journal entry and event, in one transaction; answers them.
    func endLinks(_ selection: LinkSelection, at date: Date) async throws -> [Link]

    func link(_ id: LinkID) async throws -> Link?
    /// Newest first.
    func links(of incident: IncidentID) async throws -> [Link]
    /// Not ended and not expired, oldest first.
    func activeLinks(at date: Date) async throws -> [Link]
}

/// What a use case writes about one link.
package struct LinkChange: Sendable {
    package var link: Link
    package var journal: JournalDraft
    package var event: EventDraft

    package init(link: Link, journal: JournalDraft, event: EventDraft) {
        self.link = link
        self.journal = journal
        self.event = event
    }
}

/// Which links are to end without anybody asking for each of them.
package enum LinkSelection: Sendable, Hashable {
    /// Past their expiry.
    case expired
    /// Their incident has ended, whoever ended it.
    case ofEndedIncidents
    /// Of one incident, when it ends.
    case incident(IncidentID)
    /// Of a point that was deleted or can no longer be watched.
    case cameraPoint(CameraPointID, because: LinkEnd)

    package var reason: LinkEnd {
        switch self {
        case .expired: .expired
        case .ofEndedIncidents, .incident: .incidentEnded
        case .cameraPoint(_, let reason): reason
        }
    }
}

extension Link {
    /// The link ended, with what the journal and the events say of it.
    package func ending(_ reason: LinkEnd, by actor: IncidentActor?, at date: Date) -> LinkChange {
        var link = self
        link.endedAt = date
        link.endReason = reason
        return LinkChange(
            link: link,
            journal: JournalDraft(
                incident: incident, at: date, actor: actor, kind: .linkEnded,
                text: "取消关联点位“\(cameraPointName)”：\(reason.chineseName)",
                body: [
                    "link": .string(id.rawValue), "cameraPoint": .string(cameraPoint.rawValue), "reason": .string(reason.rawValue),
                ]),
            event: EventDraft(
                at: date, kind: .linkEnded, subject: id.rawValue, incident: incident, cameraPoint: cameraPoint,
                payload: ["reason": .string(reason.rawValue)]))
    }
}
