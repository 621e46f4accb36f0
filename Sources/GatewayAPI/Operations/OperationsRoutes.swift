import Accounts
import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// `/healthz`, `/readyz`, `/metrics`.
struct OperationsRoutes {
    struct ReadinessBody: Encodable, Sendable {
        struct Check: Encodable, Sendable {
            var name: String
            var ok: Bool
            @OrNull var detail: String?
        }

        var status: String
        var checks: [Check]
    }

    let services: Services
    let counters: RequestCounters
    let broadcast: EventBroadcast

    func add(to table: inout RouteTable, authentication: Authentication) {
        let services = services
        for method in [HTTPRequest.Method.get, .head] {
            table.addOpen(method, "/healthz") { _, _ in try .json(["status": "ok"]) }
            table.addOpen(method, "/readyz") { _, _ in
                let checks = await services.readiness()
                let isReady = checks.allSatisfy(\.isReady)
                return try .json(
                    ReadinessBody(
                        status: isReady ? "ready" : "notReady",
                        checks: checks.map { .init(name: $0.name, ok: $0.isReady, detail: $0.detail) }),
                    status: isReady ? .ok : .serviceUnavailable)
            }
        }
        let page = MetricsPage(services: services, counters: counters, broadcast: broadcast)
        table.addOpen(.get, "/metrics") { request, context in
            try await Self.admit(request, context, authentication)
            return Self.response(try await page.text())
        }
    }

    /// Prometheus on this machine needs no account; what comes from elsewhere or through a proxy does.
    ///
    /// Apart from the page and never inlined: the optimizer of Swift 6.3.1 crashes while it splits both as one coroutine.
    @inline(never)
    private static func admit(_ request: Request, _ context: APIContext, _ authentication: Authentication) async throws {
        guard !PeerAddress.isLocal(request, context) else { return }
        _ = try await authentication.admit(request, context, to: .right(.system, .read))
    }

    private static func response(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: PrometheusText.contentType], body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
