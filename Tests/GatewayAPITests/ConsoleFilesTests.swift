import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import GatewayAPI

@Suite struct ConsoleFilesTests {
    @Test(arguments: [
        "/../secret.txt", "/%2e%2e/secret.txt", "/sub/../../secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
        "/vendor/leaflet/../../../../etc/passwd", "/vendor/leaflet/%2e%2e/%2e%2e/jquery/jquery.js", "/.hidden", "/sub/.%00",
        "/sub%5c..%5c..%5csecret.txt", "/a\u{0}b", "/%ff", "/vendor", "/vendor/leaflet", "/vendor/jquery/jquery.js", "/missing.js",
        "/link.txt",
    ])
    func nothingOutsideTheRootsIsServed(path: String) async throws {
        try await TestGateway.run { gateway in
            try FileManager.default.createSymbolicLink(
                atPath: gateway.folder.appending(path: "console/link.txt").path,
                withDestinationPath: gateway.folder.appending(path: "secret.txt").path)
            try await gateway.application.test(.router) { client in
                let answer = try await client.send(.get, path)
                #expect(answer.status == 404)
                #expect(!answer.body.contains("secret") || answer.reason == "noSuchResource")
                #expect(!answer.body.contains("root:"))
            }
        }
    }

    @Test func servesFilesPagesAndLibraries() async throws {
        try await TestGateway.run { gateway in
            try await gateway.application.test(.router) { client in
                for page in ["/", "/incidents", "/incidents/abc"] {
                    let answer = try await client.send(.get, page)
                    #expect(answer.status == 200)
                    #expect(answer.body == "<!doctype html>")
                    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
                    let policy = try #require(answer.headers[.contentSecurityPolicy])
                    #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
                    #expect(!policy.contains("unsafe"))
                }
                let script = try await client.send(.get, "/sub/a.js")
                #expect(script.headers[.contentType] == "text/javascript; charset=utf-8")
                #expect(script.headers[.xContentTypeOptions] == "nosniff")
                let tag = try #require(script.headers[.eTag])
                let again = try await client.send(.get, "/sub/a.js", headers: [.ifNoneMatch: tag])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                let head = try await client.send(.head, "/sub/a.js")
                #expect(head.headers[.contentLength] == "9")
                #expect(head.body.isEmpty)
                let leaflet = try await client.send(.get, "/vendor/leaflet/leaflet.js")
                #expect(leaflet.status == 200)
                #expect(leaflet.headers[.cacheControl] == "public, max-age=86400")
                let api = try await client.send(.get, "/api/v1/nonsense")
                #expect(api.status == 404 && api.reason == "noSuchResource")
            }
        }
    }

    @Test func tileServerIsToldToThePageAndToThePolicy() async throws {
        try await TestGateway.run(configure: { $0.tileURL = "https://tiles.example:8443/{z}/{x}/{y}.png?a=1&b=\"2" }) { gateway in
            let element = "<meta name=\"lookout-tiles\" content=\"\">"
            try Data(element.utf8).write(to: gateway.folder.appending(path: "console/index.html"))
            try await gateway.application.test(.router) { client in
                let page = try await client.send(.get, "/incidents")
                let filled = "https://tiles.example:8443/{z}/{x}/{y}.png?a=1&amp;b=&quot;2"
                #expect(page.body == "<meta name=\"lookout-tiles\" content=\"\(filled)\">")
                #expect(page.headers[.contentSecurityPolicy]?.contains("blob: https://tiles.example:8443;") == true)
            }
        }
    }
}
