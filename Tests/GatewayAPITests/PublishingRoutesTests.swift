import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HummingbirdTesting
import Testing
import VideoDispatch

@testable import FeedRelay
@testable import GatewayAPI

@Suite struct PublishingRoutesTests {
    private func pushedPoint(_ gateway: TestGateway) async throws -> CameraPoint {
        let point = try await gateway.addPoint(serial: 7, category: .community, method: .securityCompany)
        return try await gateway.services.points.updateCameraPoint(point.id, by: nil) { point in
            point.streams[0].url = StreamURL(scheme: .push, host: "jindun-relay", target: "/")
        }.point
    }

    @Test func aCompanyIssuesListsAndRevokesForItsOwnPoint() async throws {
        try await TestGateway.run { gateway in
            let point = try await pushedPoint(gateway)
            try await gateway.directory.refresh()
            try await gateway.application.test(.router) { client in
                let company = try await gateway.token(of: .securityCompany)
                let path = "camera-points/\(point.id)/publishing-tickets"
                let issued = try await client.send(
                    .post, path, token: company, json: #"{"stream":"main","days":30,"note":"机房中继"}"#)
                #expect(issued.status == 201, "\(issued.body)")
                let ticket = try #require(issued.text("ticket"))
                let id = try #require(issued.text("id"))
                #expect(issued.text("feed") == "\(point.id)/main")
                #expect(issued.text("rtsp")?.hasPrefix("rtsp://") == true)
                #expect(issued.text("rtsp")?.hasSuffix("/publish/\(point.id)/main?ticket=\(ticket)") == true)
                // It opens the feed, and no picture.
                guard case .granted(let grant) = gateway.publishingGate.admit(PublishRequest(ticket: ticket, peer: "p:1")) else {
                    Issue.record("the ticket opens nothing")
                    return
                }
                #expect(grant.feed == FeedID(cameraPoint: point.id, stream: .main))
                guard case .refused = gateway.gate.admit(ViewRequest(ticket: ticket, medium: .rtsp, peer: "p:1")) else {
                    Issue.record("a publishing ticket shows pictures")
                    return
                }
                for role in [Role.securityCompany, .administrator, .operator, .leadDepartment] {
                    let list = try await client.send(.get, path, token: try await gateway.token(of: role))
                    #expect(list.status == 200, "\(role)")
                    #expect(list.text("items.0.state") == "active" && list.text("items.0.note") == "机房中继")
                    #expect(!list.body.contains(ticket), "the secret is shown once")
                }
                #expect(
                    try await client.send(.delete, path + "/\(id)", token: try await gateway.token(of: .operator)).status == 403)
                #expect(try await client.send(.delete, path + "/\(id)", token: company).status == 204)
                guard case .refused(let error) = gateway.publishingGate.admit(PublishRequest(ticket: ticket, peer: "p:1")) else {
                    Issue.record("a revoked ticket is good")
                    return
                }
                #expect(error.reason == "publishingTicketRevoked")
                #expect(try await client.send(.get, path, token: company).text("items.0.state") == "revoked")
                let records = try await client.send(.get, "camera-points/\(point.id)/publishing-records", token: company)
                #expect(records.text("items.0.kind") == "revoked" && records.text("items.1.kind") == "issued")
                #expect(records.text("items.1.actor.name") == "securityCompany-1")
            }
        }
    }

    @Test func theAddressByTLSIsGivenWhereThereIsOne() async throws {
        for port in [nil, 8_322] {
            try await TestGateway.run(configure: { $0.rtspsPort = port }) { gateway in
                let point = try await pushedPoint(gateway)
                try await gateway.application.test(.router) { client in
                    let issued = try await client.send(
                        .post, "camera-points/\(point.id)/publishing-tickets", token: try await gateway.token(of: .securityCompany),
                        json: "{}")
                    let ticket = try #require(issued.text("ticket"))
                    let secure = issued.text("rtsps")
                    #expect((secure != nil) == (port != nil))
                    #expect(secure.map { $0.hasPrefix("rtsps://") && $0.contains(":8322/publish/\(point.id)/main?") } ?? true)
                    #expect(secure.map { $0.hasSuffix("?ticket=\(ticket)") } ?? true)
                }
            }
        }
    }

    @Test func pointsOfOthersAndOtherStreamsAreRefused() async throws {
        try await TestGateway.run { gateway in
            let pulled = try await gateway.addPoint(serial: 8, category: .community, method: .securityCompany)
            let foreign = try await gateway.addPoint(serial: 9)
            try await gateway.application.test(.router) { client in
                let company = try await gateway.token(of: .securityCompany)
                let refused = try await client.send(
                    .post, "camera-points/\(pulled.id)/publishing-tickets", token: company, json: "{}")
                #expect(refused.status == 409 && refused.reason == "notPushed")
                for days in ["0", "367", "-5"] {
                    let point = "camera-points/\(foreign.id)/publishing-tickets"
                    #expect(try await client.send(.post, point, token: company, json: "{\"days\":\(days)}").status == 404)
                }
            }
        }
    }

    @Test func onlyACompanysPointIsPushed() async throws {
        try await TestGateway.run { gateway in
            let direct = try await gateway.addPoint(serial: 11)
            try await gateway.application.test(.router) { client in
                let token = try await gateway.token(of: .administrator)
                let answer = try await client.send(
                    .patch, "camera-points/\(direct.id)", token: token, json: #"{"streams":[{"role":"main","url":"push://relay"}]}"#
                )
                #expect(answer.status == 400, "\(answer.body)")
            }
        }
    }
}
