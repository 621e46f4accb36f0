import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdTesting
import IncidentCommand
import Testing
import VideoDispatch

@testable import GatewayAPI

/// A camera's password goes in and never comes out: no route, no role, no error, no figure shows it.
@Suite struct CanaryTests {
    @Test func noAnswerHoldsACredential() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(credentials: .init(username: "canary-user", password: TestGateway.canary))
            let actor = try await gateway.actor(.operator)
            let incident = try await gateway.services.incidents.open(
                IncidentOpening(title: "测试", category: .accident, location: point.location), by: actor, at: Date())
            let link = try await gateway.services.links.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: actor)
            try await gateway.application.test(.router) { client in
                var answers = 0
                for role in Role.allCases {
                    for row in PermissionMatrixTests.rows where row.route != "DELETE sessions/current" {
                        let path = row.path.replacing("INCIDENT", with: incident.id.rawValue)
                            .replacing("POINT", with: point.id.rawValue).replacing("links/missing", with: "links/\(link.id)")
                        guard let method = HTTPRequest.Method(rawValue: String(row.route.prefix { $0 != " " })), method != .delete
                        else { continue }
                        let answer = try await client.send(method, path, token: try await gateway.token(of: role), json: row.body)
                        #expect(!answer.body.contains(TestGateway.canary), "\(row.route) as \(role.rawValue)")
                        #expect(!answer.body.contains("canary-user"), "\(row.route) as \(role.rawValue)")
                        #expect(!"\(answer.headers)".contains(TestGateway.canary))
                        answers += 1
                    }
                }
                #expect(answers > 300)
                let malformed = try await client.send(
                    .post, "camera-points", token: try await gateway.token(of: .administrator),
                    json:
                        #"{"accessMethod":"direct","streams":[{"role":"main","url":"rtsp://a:\#(TestGateway.canary)@bad host/"}]}"#)
                #expect(malformed.status == 400 && !malformed.body.contains(TestGateway.canary))
                #expect(!(try await client.send(.get, "/metrics", token: nil)).body.contains(TestGateway.canary))
            }
            let file = try Data(contentsOf: gateway.folder.appending(path: "lookout.sqlite"))
            #expect(file.range(of: Data(TestGateway.canary.utf8)) == nil)
        }
    }
}
