import Accounts
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import GatewayAPI

@Suite struct SessionRoutesTests {
    private func signIn(_ gateway: TestGateway, _ role: Role, password: String? = nil) -> String {
        #"{"name":"\#(role.rawValue)-1","password":"\#(password ?? gateway.password(of: role))"}"#
    }

    @Test func signsInWithTokenAndCookie() async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                let answer = try await client.send(.post, "sessions", json: signIn(gateway, .operator))
                #expect(answer.status == 201)
                #expect(answer.text("account.role") == "operator")
                let token = try #require(answer.text("token"))
                let cookie = try #require(answer.headers[.setCookie])
                #expect(cookie.hasPrefix("lookout_session=\(token); "))
                for part in ["HttpOnly", "SameSite=Strict", "Path=/"] { #expect(cookie.contains(part)) }
                #expect(!cookie.contains("Secure"))
                let current = try await client.send(.get, "sessions/current", headers: [.cookie: "lookout_session=\(token)"])
                #expect(current.status == 200)
                #expect(current.text("account.name") == "operator-1")
                #expect(current.value("token") == nil)
                #expect(WireCoding.date(from: try #require(current.text("expiresAt"))) != nil)
                #expect(try await client.send(.delete, "sessions/current", token: token).status == 204)
                let after = try await client.send(.get, "sessions/current", token: token)
                #expect(after.status == 401)
                #expect(after.headers[.wwwAuthenticate] != nil)
            }
        }
    }

    @Test func cookieIsSecureBehindTLS() async throws {
        try await TestGateway.run(configure: { $0.isBehindTLS = true }) { gateway in
            try await gateway.application.test(.router) { client in
                let answer = try await client.send(.post, "sessions", json: signIn(gateway, .operator))
                #expect(answer.headers[.setCookie]?.contains("; Secure") == true)
            }
        }
    }

    @Test func guessingIsThrottled() async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                for _ in 0..<5 {
                    let answer = try await client.send(.post, "sessions", json: signIn(gateway, .auditor, password: "wrong"))
                    #expect(answer.status == 401 && answer.reason == "signInRefused")
                }
                let answer = try await client.send(.post, "sessions", json: signIn(gateway, .auditor))
                #expect(answer.status == 429)
                #expect(answer.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
            }
        }
    }

    @Test(arguments: ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer " + String(repeating: "A", count: 43)])
    func badCredentials(authorization: String) async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                let headers: HTTPFields = authorization.isEmpty ? [:] : [.authorization: authorization]
                let answer = try await client.send(.get, "incidents", headers: headers)
                #expect(answer.status == 401)
            }
        }
    }

    @Test(
        arguments: [
            ("http://localhost", nil, 201), ("https://localhost", nil, 201), ("http://evil.example", nil, 403), ("null", nil, 403),
            ("http://localhost.evil.example", nil, 403), ("http://localhost:81", nil, 403), (nil, nil, 403),
            (nil, "same-origin", 201),
            (nil, "cross-site", 403), ("https://console.example", nil, 201),
        ] as [(String?, String?, Int)])
    func cookieWritesNeedOurOrigin(origin: String?, fetchSite: String?, status: Int) async throws {
        try await TestGateway.run(configure: { $0.allowedOrigins = ["https://console.example"] }) { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                var headers: HTTPFields = [.cookie: "lookout_session=\(token)"]
                headers[.origin] = origin
                headers[.secFetchSite] = fetchSite
                let answer = try await client.send(
                    .post, "incidents", headers: headers, json: #"{"title":"试","category":"traffic"}"#)
                #expect(answer.status == status)
                if status == 403 { #expect(answer.reason == "originRefused") }
                // Reading needs no origin, and a bearer token none at all.
                headers[.origin] = "http://evil.example"
                #expect(try await client.send(.get, "incidents", headers: headers).status == 200)
                let bearer = try await client.send(
                    .post, "incidents", token: token, headers: headers, json: #"{"title":"试","category":"traffic"}"#)
                #expect(bearer.status == 201)
            }
        }
    }

    @Test func foreignPageCannotSignIn() async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                let answer = try await client.send(
                    .post, "sessions", headers: [.origin: "http://evil.example"], json: signIn(gateway, .operator))
                #expect(answer.status == 403 && answer.reason == "originRefused")
            }
        }
    }

    @Test func ownPasswordAndAdministration() async throws {
        try await TestGateway.run { gateway in
            let person = try await gateway.token(of: .callTaker)
            let administrator = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                let wrong = try await client.send(
                    .put, "sessions/current/password", token: person, json: #"{"current":"no","password":"long enough for it"}"#)
                #expect(wrong.status == 403)
                let list = try await client.send(.get, "accounts", token: administrator)
                #expect(list.count("items") == Role.allCases.count)
                #expect(!list.body.contains("scrypt"))
                let made = try await client.send(
                    .post, "accounts", token: administrator, json: #"{"name":"新人","role":"operator","unit":"指挥中心"}"#)
                #expect(made.status == 201)
                #expect(made.text("password")?.count == 23)
                let id = try #require(made.text("account.id"))
                let disabled = try await client.send(.patch, "accounts/\(id)", token: administrator, json: #"{"isDisabled":true}"#)
                #expect(disabled.value("isDisabled") as? Bool == true)
                let doubled = try await client.send(
                    .post, "accounts", token: administrator, json: #"{"name":"新人","role":"operator"}"#)
                #expect(doubled.status == 409)
            }
        }
    }
}
