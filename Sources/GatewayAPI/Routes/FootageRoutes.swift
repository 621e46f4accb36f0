import Accounts
import Footage
import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// `incidents/{id}/footage`: what was recorded, what is missing, and the recordings themselves.
struct FootageRoutes {
    struct RunBody: Encodable, Sendable {
        var id: String
        var cameraPointId: String
        var linkId: String
        var stream: String
        var from: Date
        @OrNull var to: Date?
        var bytes: Int64
        var mimeType: String
        /// `recording`, `complete`; `stopped`: nothing more comes, but its end could not be written down yet.
        var state: String
        @OrNull var stopReason: String?

        /// - Parameter stopped: why the link's recorder cannot write now.
        init(_ run: Run, stopped: GapReason?) {
            id = run.id.rawValue
            cameraPointId = run.feed.cameraPoint.rawValue
            linkId = run.link.rawValue
            stream = run.feed.stream.rawValue
            from = run.startedAt
            to = run.endedAt
            bytes = run.playableBytes
            mimeType = run.mimeType
            state = run.endedAt != nil ? "complete" : stopped == nil ? "recording" : "stopped"
            stopReason = run.endReason?.rawValue ?? stopped?.rawValue
        }
    }

    struct GapBody: Encodable, Sendable {
        var cameraPointId: String
        var linkId: String
        var from: Date
        @OrNull var to: Date?
        var reason: String

        init(_ gap: Gap) {
            cameraPointId = gap.cameraPoint.rawValue
            linkId = gap.link.rawValue
            from = gap.from
            to = gap.to
            reason = gap.reason.rawValue
        }
    }

    struct FootageBody: Encodable, Sendable {
        var runs: [RunBody]
        var gaps: [GapBody]
    }

    let services: Services
    private let delivery = FileDelivery()
    private let traces = FootageTraces()

    init(services: Services) { self.services = services }

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "incidents/:incident/footage", .right(.footage, .read)) { call in
            let incident = try await IncidentAccess(services).incident(of: call, .footage, .read)
            let (runs, gaps) = try await services.footage.footage(of: incident.id)
            let stopped = services.footage.stopped()
            return try .json(
                FootageBody(runs: runs.map { RunBody($0, stopped: stopped[$0.link]) }, gaps: gaps.map(GapBody.init)))
        }
        for method in [HTTPRequest.Method.get, .head] {
            table.on(method, "incidents/:incident/footage/{run}.mp4", .right(.footage, .read), use: deliver)
        }
    }

    /// Sends the whole fragments of a run; of one that is being written, those that are there now.
    private func deliver(_ call: Call) async throws -> Response {
        let incident = try await IncidentAccess(services).incident(of: call, .footage, .read)
        let (run, file, bytes) = try await services.footage.file(of: try call.identifier("run"), incident: incident.id)
        let response = try await delivery.response(
            file: file.path, size: Int(clamping: bytes), contentType: "video/mp4", cacheControl: "private, no-cache",
            fileName: "\(run.id.rawValue).mp4", request: call.request, context: call.context)
        if call.request.method == .get, response.status.kind == .successful,
            traces.begins(account: call.caller.account.id, run: run.id, at: services.clock.now())
        {
            try await services.footageViewed(run, call.caller.actor)
        }
        return response
    }
}
