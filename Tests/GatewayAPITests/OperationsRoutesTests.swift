import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import GatewayAPI

@Suite struct OperationsRoutesTests {
    @Test func metricsCountWithoutNamingAnyone() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(name: "北街秘密门市", category: .shopfront)
            try await gateway.application.test(.router) { client in
                _ = try await client.send(.get, "nowhere")
                let page = try await client.send(.get, "/metrics")
                #expect(page.status == 200)
                #expect(page.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
                for line in [
                    #"lookout_camera_points{health="unknown"} 1"#, "lookout_incidents_active 0", #"lookout_feeds{state="live"} 0"#,
                    "# TYPE process_cpu_seconds_total counter", #"lookout_http_responses_total{class="4xx"} 1"#,
                ] { #expect(page.body.contains(line + "\n"), "\(line)") }
                let resident = page.body.split(separator: "\n").first { $0.hasPrefix("process_resident_memory_bytes ") }
                let bytes = resident.flatMap { Double($0.split(separator: " ").last ?? "") } ?? 0
                #expect(bytes > 1_048_576)
                #expect(!page.body.contains(point.id.rawValue) && !page.body.contains(point.name))
            }
        }
    }

    @Test func metricsFromElsewhereNeedTheAdministrator() async throws {
        try await TestGateway.run { gateway in
            let administrator = try await gateway.token(of: .administrator)
            let operating = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let proxied: HTTPFields = [.xForwardedFor: "203.0.113.9"]
                #expect(try await client.send(.get, "/metrics", headers: proxied).status == 401)
                let refused = try await client.send(.get, "/metrics", token: operating, headers: proxied)
                #expect(refused.status == 403)
                #expect(try await client.send(.get, "/metrics", token: administrator, headers: proxied).status == 200)
            }
        }
    }

    @Test(
        arguments: [
            ("localhost", "localhost", nil), ("localhost:8080", "localhost", 8_080), ("[::1]:8080", "[::1]", 8_080),
            ("[::1]", "[::1]", nil),
            ("", "127.0.0.1", nil), ("evil\" onload=\"", "127.0.0.1", nil), ("a:b", "a", nil), ("a:99999", "a", nil),
            ("user@host", "127.0.0.1", nil),
        ] as [(String, String, Int?)])
    func hostOfRequestIsNeverTakenAsItCame(authority: String, host: String, port: Int?) {
        let parts = MediaURLs.parts(of: authority)
        #expect(parts.host == host && parts.port == port)
    }
}
