import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdTesting
import IncidentCommand
import Testing

@testable import GatewayAPI

/// Every role at every route: what a row does not allow is refused, and a route without a row fails the test.
@Suite struct PermissionMatrixTests {
    struct Row: Sendable {
        var route: String
        /// As it is asked for; `INCIDENT` and `POINT` stand for what the fixture made.
        var path: String
        var body: String?
        /// Expected status by the roles' letters; roles that are not named get 403.
        var statuses: [(roles: String, status: Int)]

        init(_ route: String, at path: String? = nil, body: String? = nil, _ statuses: (roles: String, status: Int)...) {
            self.route = route
            self.path = path ?? String(route.drop { $0 != " " }.dropFirst())
            self.body = body
            self.statuses = statuses
        }

        func status(of letter: Character) -> Int { statuses.first { $0.roles.contains(letter) }?.status ?? 403 }
    }

    static let letters: [Role: Character] = [
        .administrator: "A", .auditor: "U", .operator: "O", .callTaker: "T", .commander: "C", .leadDepartment: "L",
        .securityCompany: "S", .memberUnit: "M",
    ]
    static let everyone = "AUOTCLSM"

    static let rows: [Row] = [
        Row("GET sessions/current", (everyone, 200)), Row("DELETE sessions/current", (everyone, 204)),
        Row("PUT sessions/current/password", body: "{}", (everyone, 400)),
        Row("GET accounts", ("A", 200)), Row("POST accounts", body: "{}", ("A", 400)),
        Row("PATCH accounts/:account", at: "accounts/missing", body: #"{"isDisabled":true}"#, ("A", 404)),
        Row("POST accounts/:account/password-resets", at: "accounts/missing/password-resets", ("A", 404)),
        Row("GET camera-points", ("AOTCLS", 200)), Row("POST camera-points", body: "{}", ("AL", 400)),
        Row("GET camera-points/:point", at: "camera-points/POINT", ("AOTCL", 200), ("S", 404)),
        Row("PATCH camera-points/:point", at: "camera-points/POINT", body: "{}", ("AL", 200)),
        Row("DELETE camera-points/:point", at: "camera-points/missing", ("AL", 404)),
        Row("GET camera-points/:point/probes", at: "camera-points/POINT/probes", ("AOTCL", 200), ("S", 404)),
        Row("GET camera-points/:point/thumbnail", at: "camera-points/POINT/thumbnail", ("OTCLS", 404)),
        Row("POST camera-points/:point/probes", at: "camera-points/missing/probes", ("AOCLS", 404)),
        Row("POST camera-points/import", ("AL", 400)),
        Row("GET camera-points/export", at: "camera-points/export?accessMethod=direct", ("AL", 200)),
        Row(
            "POST camera-points/:point/tickets", at: "camera-points/POINT/tickets", body: #"{"purpose":"patrol","reason":"例行巡查"}"#,
            ("OC", 201)),
        Row("GET camera-points/:point/publishing-tickets", at: "camera-points/POINT/publishing-tickets", ("AOCL", 200), ("S", 404)),
        Row(
            "POST camera-points/:point/publishing-tickets", at: "camera-points/POINT/publishing-tickets", body: "{}", ("AL", 409),
            ("S", 404)),
        Row(
            "DELETE camera-points/:point/publishing-tickets/:ticket", at: "camera-points/POINT/publishing-tickets/missing",
            ("ALS", 404)),
        Row("GET camera-points/:point/publishing-records", at: "camera-points/POINT/publishing-records", ("AOCL", 200), ("S", 404)),
        Row("GET publishing-records", ("AU", 200)),
        Row("GET security-companies", ("AOTCLSM", 200)), Row("GET departments", ("AOTCLSM", 200)),
        Row("GET intermediaries", ("AOTCLSM", 200)),
        Row("GET incidents", ("AOTCM", 200)), Row("POST incidents", body: "{}", ("OTC", 400)),
        Row("GET incidents/:incident", at: "incidents/INCIDENT", ("AOTC", 200), ("M", 404)),
        Row("POST incidents/:incident/transitions", at: "incidents/missing/transitions", body: "{}", ("OTC", 404)),
        Row("POST incidents/:incident/mode", at: "incidents/missing/mode", body: "{}", ("C", 404)),
        Row("GET incidents/:incident/journal", at: "incidents/INCIDENT/journal", ("UOTC", 200), ("M", 404)),
        Row("POST incidents/:incident/journal", at: "incidents/missing/journal", body: "{}", ("OTCM", 404)),
        Row(
            "GET incidents/:incident/journal/verification", at: "incidents/INCIDENT/journal/verification", ("UOTC", 200), ("M", 404)
        ),
        Row("GET incidents/:incident/suggestions", at: "incidents/INCIDENT/suggestions", ("OC", 200)),
        Row("GET incidents/:incident/links", at: "incidents/INCIDENT/links", ("OTC", 200), ("M", 404)),
        Row("POST incidents/:incident/links", at: "incidents/missing/links", body: "{}", ("OC", 404)),
        Row("DELETE incidents/:incident/links/:link", at: "incidents/INCIDENT/links/missing", ("OC", 404)),
        Row("POST incidents/:incident/links/:link/renewal", at: "incidents/missing/links/x/renewal", body: "{}", ("OC", 404)),
        Row(
            "POST incidents/:incident/links/:link/tickets", at: "incidents/INCIDENT/links/missing/tickets", body: "{}", ("OCM", 404)
        ),
        Row("GET incidents/:incident/footage", at: "incidents/INCIDENT/footage", ("OC", 200)),
        Row("GET incidents/:incident/footage/{run}.mp4", at: "incidents/INCIDENT/footage/missing.mp4", ("OC", 404)),
        Row("HEAD incidents/:incident/footage/{run}.mp4", at: "incidents/INCIDENT/footage/missing.mp4", ("OC", 404)),
        Row("POST consoles", ("OCM", 201)),
        Row("PUT consoles/:console/cells", at: "consoles/missing/cells", body: #"{"cells":[]}"#, ("OCM", 404)),
        Row("DELETE consoles/:console", at: "consoles/missing", ("OCM", 204)),
        Row("GET feeds", ("AOC", 200)), Row("GET feeds/:point/:stream", at: "feeds/missing/main", ("AOC", 404)),
        Row("GET views", ("U", 200)), Row("GET views/verification", ("U", 200)),
    ]

    @Test func everyRouteHasARow() async throws {
        try await TestGateway.run { gateway in
            let table = RouteTable(
                services: gateway.services, configuration: gateway.configuration, signIn: .token, broadcast: gateway.broadcast,
                counters: gateway.counters)
            let closed = Set(table.entries.filter { $0.access != nil }.map { "\($0.method.rawValue) \($0.path.dropFirst(8))" })
            // Endless: EventRoutesTests has it.
            #expect(closed.subtracting(["GET events"]) == Set(Self.rows.map(\.route)))
            let open = Set(table.entries.filter { $0.access == nil }.map { "\($0.method.rawValue) \($0.path)" })
            #expect(
                open == [
                    "POST /api/v1/sessions", "GET /healthz", "HEAD /healthz", "GET /readyz", "HEAD /readyz", "GET /metrics",
                ])
        }
    }

    @Test func everyRoleAtEveryRoute() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let actor = try await gateway.actor(.operator)
            let incident = try await gateway.services.incidents.open(
                IncidentOpening(title: "测试", category: .accident), by: actor, at: Date())
            try await gateway.application.test(.router) { client in
                for row in Self.rows {
                    let path = row.path.replacing("INCIDENT", with: incident.id.rawValue).replacing(
                        "POINT", with: point.id.rawValue)
                    guard let method = HTTPRequest.Method(rawValue: String(row.route.prefix { $0 != " " })) else { continue }
                    #expect(try await client.send(method, path, json: row.body).status == 401, "\(row.route) without sign-in")
                    for role in Role.allCases {
                        let token = try await gateway.token(of: role)
                        let answer = try await client.send(method, path, token: token, json: row.body)
                        let expected = Self.letters[role].map(row.status) ?? 0
                        #expect(answer.status == expected, "\(row.route) as \(role.rawValue): \(answer.body.prefix(300))")
                        if answer.status >= 400, method != .head { #expect(answer.reason != nil) }
                    }
                }
                for role in [Role.auditor] {
                    #expect(try await client.send(.get, "events", token: try await gateway.token(of: role)).status == 403)
                }
            }
        }
    }

    @Test func openRoutes() async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                #expect(try await client.send(.get, "/healthz").text("status") == "ok")
                let ready = try await client.send(.get, "/readyz")
                #expect(ready.status == 200 && ready.value("checks.0.ok") as? Bool == true)
            }
        }
    }
}
