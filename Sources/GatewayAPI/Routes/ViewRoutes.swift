import Accounts
import Foundation
import GatewayCore

/// `views`: the viewing register, for the auditor.
struct ViewRoutes {
    struct ViewBody: Encodable, Sendable {
        var number: Int64
        var kind: String
        var at: Date
        var account: CameraPointBody.Named
        var role: String
        var unit: String
        @OrNull var sessionId: String?
        var cameraPoint: CameraPointBody.Named
        var stream: String
        var purpose: String
        @OrNull var incidentId: String?
        /// As people call the incident.
        @OrNull var incidentNumber: String?
        @OrNull var linkId: String?
        @OrNull var reason: String?
        @OrNull var viewId: String?
        @OrNull var medium: String?
        @OrNull var peer: String?
        @OrNull var bytes: Int64?
        @OrNull var endReason: String?

        init(_ record: ViewingRecord, incidentNumbers: [IncidentID: String]) {
            let draft = record.draft
            number = record.number
            kind = draft.kind.rawValue
            at = draft.at
            account = .init(id: draft.account.rawValue, name: draft.accountName)
            role = draft.role
            unit = draft.unit
            sessionId = draft.session?.rawValue
            cameraPoint = .init(id: draft.cameraPoint.rawValue, name: draft.cameraPointName)
            stream = draft.stream.rawValue
            purpose = draft.purpose.rawValue
            incidentId = draft.incident?.rawValue
            incidentNumber = draft.incident.flatMap { incidentNumbers[$0] }
            linkId = draft.link?.rawValue
            reason = draft.reason
            viewId = draft.view?.rawValue
            medium = draft.medium
            peer = draft.peer
            bytes = draft.bytes
            endReason = draft.endReason
        }
    }

    struct VerificationBody: Encodable, Sendable {
        var valid: Bool
        var entries: Int64
        @OrNull var fault: Int64?
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "views", .right(.viewingRegister, .read)) { call in
            let limit = try call.query.integer("limit", in: 1...1_000) ?? 200
            let cursor = try call.query.integer("cursor", in: 1...Int.max)
            let page = try await services.register.records(
                try Self.query(call.query), limit: limit, cursor: cursor.map(Int64.init))
            var numbers: [IncidentID: String] = [:]
            for incident in Set(page.items.compactMap(\.draft.incident)) {
                numbers[incident] = try await services.incidents.incident(incident)?.number
            }
            let items = page.items.map { [numbers] in ViewBody($0, incidentNumbers: numbers) }
            return try .json(
                ListBody(items, nextCursor: page.nextCursor.map(String.init), total: page.total))
        }
        table.on(.get, "views/verification", .right(.viewingRegister, .read)) { _ in
            let verification = try await services.register.verify()
            return try .json(
                VerificationBody(valid: verification.isValid, entries: verification.records, fault: verification.fault))
        }
    }

    private static func query(_ query: QueryReader) throws -> ViewingQuery {
        ViewingQuery(
            account: try query.identifier("account"), cameraPoint: try query.identifier("cameraPoint"),
            incident: try query.identifier("incident"), from: try query.date("from"), to: try query.date("to"))
    }
}
