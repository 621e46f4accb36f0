import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import GatewayAPI

@Suite struct ErrorMappingTests {
    @Test(arguments: [
        (GatewayError.Code.invalid, 400), (.unauthenticated, 401), (.forbidden, 403), (.notFound, 404), (.conflict, 409),
        (.unavailable, 503), (.tooMany, 429), (.tooLarge, 413), (.timeout, 504), (.cancelled, 503), (.failed, 500),
    ])
    func statusOfCode(code: GatewayError.Code, status: Int) {
        #expect(ErrorMapping.status(of: code).code == status)
    }

    @Test(arguments: [
        (#"{"category":"accident"}"#, "fieldInvalid", "title"), (#"{"title":5,"category":"accident"}"#, "fieldInvalid", "title"),
        (#"{"title":"x","category":"nonsense"}"#, "fieldInvalid", "category"),
        (#"{"title":"x","category":"accident","location":{"longitude":200,"latitude":0}}"#, "fieldInvalid", "location"),
        (#"{"title":"x","category":"accident","location":{"longitude":1}}"#, "fieldInvalid", "location.latitude"),
        (#"{"title":"#, "bodyMalformed", nil), ("", "bodyMissing", nil), ("[]", "bodyMalformed", nil),
    ])
    func malformedBodyNamesItsField(body: String, reason: String, field: String?) async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let answer = try await client.send(.post, "incidents", token: token, json: body)
                #expect(answer.status == 400)
                #expect(answer.reason == reason)
                #expect(answer.text("error.details.field") == field)
                #expect(answer.text("error.code") == "invalid")
                #expect(answer.text("error.message")?.isEmpty == false)
            }
        }
    }

    @Test func aFullDiskIsNamedWithItsRemedy() async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.database.pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA max_page_count = 1")
            }
            try await gateway.application.test(.router) { client in
                var answer = try await client.send(.post, "incidents", token: token, json: #"{"title":"x","category":"accident"}"#)
                for number in 0..<2_000 where answer.status != 503 {
                    answer = try await client.send(
                        .post, "incidents", token: token, json: #"{"title":"火情 \#(number)","category":"accident"}"#)
                    try #require([201, 503].contains(answer.status), "\(answer.body)")
                }
                #expect(answer.status == 503 && answer.reason == "diskFull", "\(answer.body)")
                #expect(answer.text("error.remedy")?.contains("腾出空间") == true)
            }
        }
    }

    @Test func unknownPathsAndMethods() async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                let missing = try await client.send(.post, "nowhere", json: "{}")
                #expect(missing.status == 404 && missing.reason == "noSuchResource")
                let wrong = try await client.send(.delete, "incidents")
                #expect(wrong.status == 405 && wrong.reason == "methodNotAllowed")
                #expect(wrong.headers[.allow] == "GET, POST")
                #expect(wrong.headers[.contentSecurityPolicy] != nil)
            }
        }
    }

    @Test func oversizedBodies() async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let large = #"{"title":""# + String(repeating: "x", count: APIContext.bodyLimit) + #"","category":"accident"}"#
                let answer = try await client.send(.post, "incidents", token: token, json: large)
                #expect(answer.status == 413 && answer.reason == "bodyTooLarge")
                let signIn = try await client.send(
                    .post, "sessions", json: #"{"name":"a","password":""# + String(repeating: "x", count: 5_000) + #""}"#)
                #expect(signIn.status == 413 && signIn.reason == "bodyTooLarge")
            }
        }
    }

    @Test func unknownErrorsTellNothing() async throws {
        struct Secret: Error { var text = "inside-detail-4711" }
        let router = Router(context: APIContext.self)
        router.add(middleware: ErrorMapping())
        router.get("/boom") { _, _ -> Response in throw Secret() }
        try await Application(router: router).test(.router) { client in
            let answer = try await client.send(.get, "/boom")
            #expect(answer.status == 500 && answer.reason == "internal")
            #expect(!answer.body.contains("4711") && !answer.body.contains("Secret"))
            #expect(answer.text("error.details.errorId")?.isEmpty == false)
        }
    }

    @Test func tooManySaysWhenToComeBack() {
        let response = ErrorMapping.response(to: GatewayError(.tooMany, "x", "x", details: ["retryAfter": "7"]))
        #expect(response.headers[.retryAfter] == "7")
    }
}
