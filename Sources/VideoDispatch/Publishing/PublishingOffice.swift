import CameraRegistry
import Foundation
import GatewayCore
import IncidentCommand

/// Issues publishing tickets, and takes them back.
package struct PublishingOffice: Sendable {
    package struct Request: Sendable {
        package var stream: StreamRole
        /// From 1.
        package var days: Int
        package var note: String

        package init(stream: StreamRole = .main, days: Int = PublishingTicket.usualDays, note: String = "") {
            self.stream = stream
            self.days = days
            self.note = note
        }
    }

    package let store: any PublishingStore
    private let gate: PublishingGate
    private let key: TicketKey
    private let clock: WallClock

    package init(store: any PublishingStore, gate: PublishingGate, key: TicketKey, clock: WallClock = .system) {
        self.store = store
        self.gate = gate
        self.key = key
        self.clock = clock
    }

    /// A ticket for a stream of the point that is pushed, and its text, which is to be had only now. It ends with the data right
    /// that the point's company was granted, if not before.
    ///
    /// Throws `notPushed`, `pointNotInUse`, `publishingDaysOutOfRange`, `dataRightExpired`, `textTooLong`.
    package func issue(
        _ request: Request, for point: CameraPoint, by actor: IncidentActor
    ) async throws -> (ticket: PublishingTicket, text: String) {
        guard let stream = point.stream(request.stream), stream.url.scheme == .push else {
            throw GatewayError(
                .conflict, "notPushed", "「\(point.name)」没有推送的\(request.stream == .main ? "主" : "子")码流。",
                remedy: "先把码流地址登记为 push://中继名称。", details: ["field": "stream"])
        }
        guard point.status != .removed else {
            throw GatewayError(.conflict, "pointNotInUse", "「\(point.name)」已拆除。")
        }
        guard (1...PublishingTicket.mostDays).contains(request.days) else {
            throw GatewayError(
                .invalid, "publishingDaysOutOfRange", "有效期须为 1 至 \(PublishingTicket.mostDays) 天。", details: ["field": "days"])
        }
        let note = try IncidentText.checked(request.note, field: "note", limit: 200)
        let now = clock.now()
        var expiresAt = now.addingTimeInterval(Double(request.days) * 86_400)
        if let day = point.dataRightExpiresOn {
            let right = Self.end(of: day)
            guard now < right else {
                throw GatewayError(.conflict, "dataRightExpired", "「\(point.name)」的数据授权已到期。", remedy: "更新授权后再申请。")
            }
            expiresAt = min(expiresAt, right)
        }
        let ticket = PublishingTicket(
            feed: FeedID(cameraPoint: point.id, stream: request.stream), cameraPointName: point.name, note: note, issuedAt: now,
            issuedBy: actor, expiresAt: expiresAt)
        try await store.issue(ticket)
        gate.activate(ticket)
        return (ticket, ticket.text(signedWith: key))
    }

    /// The ticket is of no use from now on; a publisher that has it is out within a second.
    ///
    /// Throws `publishingTicketNotFound`.
    package func revoke(_ id: PublishingTicketID, of point: CameraPointID, by actor: IncidentActor) async throws {
        guard let ticket = try await store.ticket(id), ticket.feed.cameraPoint == point else {
            throw GatewayError(.notFound, "publishingTicketNotFound", "没有这个推流凭证。")
        }
        _ = try await store.revoke(ticket.id, by: actor, at: clock.now())
        gate.deactivate(id)
    }

    /// Midnight in China, which has one time and no summer time.
    private static func end(of day: CalendarDay) -> Date {
        Date(timeIntervalSince1970: Double((day.ordinal + 1) * 86_400 - 8 * 3_600))
    }

    package func state(of ticket: PublishingTicket) -> PublishingTicket.State { ticket.state(at: clock.now()) }
}
