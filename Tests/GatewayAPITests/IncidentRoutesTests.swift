import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import GatewayAPI

@Suite struct IncidentRoutesTests {
    private static let opening = #"""
        {"title":"北街路口事故","category":"accident","level":"IV","location":{"longitude":106.0613,"latitude":31.3492},"address":"北街"}
        """#

    @Test func fromCallToEnd() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let opened = try await client.send(.post, "incidents", token: token, json: Self.opening)
                #expect(opened.status == 201, "\(opened.body)")
                let id = try #require(opened.text("id"))
                #expect(opened.text("stage.id") == "received" && opened.text("stage.name") == "接警")
                #expect(opened.text("nextStages.0.id") == "notified" && opened.isNull("endedAt"))

                let refused = try await client.send(.post, "incidents/\(id)/transitions", token: token, json: #"{"to":"closed"}"#)
                #expect(refused.status == 409 && refused.reason == "stageNotAllowed")
                #expect(refused.text("error.details.from") == "received" && refused.text("error.details.allowed") == "notified")

                let suggestions = try await client.send(.get, "incidents/\(id)/suggestions?limit=5", token: token)
                #expect(suggestions.text("items.0.cameraPoint.id") == point.id.rawValue, "\(suggestions.body)")
                #expect(suggestions.value("items.0.linkable") as? Bool == true && suggestions.isNull("items.0.refusal"))

                let linked = try await client.send(
                    .post, "incidents/\(id)/links", token: token, json: #"{"cameraPointId":"\#(point.id)","record":false}"#)
                #expect(linked.status == 201, "\(linked.body)")
                let link = try #require(linked.text("id"))
                #expect(linked.text("recording.state") == "off" && linked.text("feed.state") == "closed")
                let again = try await client.send(
                    .post, "incidents/\(id)/links", token: token, json: #"{"cameraPointId":"\#(point.id)"}"#)
                #expect(again.status == 409 && again.reason == "alreadyLinked")
                #expect(try await client.send(.get, "incidents/\(id)", token: token).number("linkCount") == 1)

                let ticket = try await client.send(
                    .post, "incidents/\(id)/links/\(link)/tickets", token: token, headers: [:],
                    json: #"{"purpose":"incident","stream":"sub"}"#)
                #expect(ticket.status == 201, "\(ticket.body)")
                let text = try #require(ticket.text("ticket"))
                #expect(ticket.text("rtsp") == "rtsp://localhost:8554/feeds/\(point.id)/main?ticket=\(text)")
                #expect(ticket.text("live") == "http://localhost/media/live?ticket=\(text)")
                #expect(ticket.text("snapshot") == "http://localhost/media/snapshot?ticket=\(text)")
                #expect((ticket.text("rtsp") ?? "").utf8.count < 500)

                let auditor = try await gateway.token(of: .auditor)
                let views = try await client.send(.get, "views?incident=\(id)", token: auditor)
                #expect(views.text("items.0.incidentId") == id)
                #expect(views.text("items.0.incidentNumber") == opened.text("number"), "\(views.body)")

                let renewed = try await client.send(
                    .post, "incidents/\(id)/links/\(link)/renewal", token: token, json: #"{"reason":"处置未完"}"#)
                #expect(renewed.status == 200)
                #expect(try await client.send(.delete, "incidents/\(id)/links/\(link)", token: token).status == 204)
                let gone = try await client.send(.post, "incidents/\(id)/links/\(link)/tickets", token: token, json: "{}")
                #expect(gone.status == 403 && gone.reason == "linkEnded")

                for stage in ["notified", "handling", "feedback", "closed"] {
                    let moved = try await client.send(
                        .post, "incidents/\(id)/transitions", token: token, json: #"{"to":"\#(stage)","note":"好"}"#)
                    #expect(moved.text("stage.id") == stage, "\(moved.body)")
                }
                let active = try await client.send(.get, "incidents?state=active", token: token)
                #expect(active.count("items") == 0)
                let journal = try await client.send(.get, "incidents/\(id)/journal?limit=3", token: token)
                #expect(journal.count("items") == 3 && journal.text("nextCursor") == "3")
                #expect(journal.text("items.0.actor.role") == "operator" && journal.text("items.0.hash")?.count == 64)
                let rest = try await client.send(.get, "incidents/\(id)/journal?cursor=3", token: token)
                #expect(rest.isNull("nextCursor") && rest.number("items.0.sequence") == 4)
                let verification = try await client.send(.get, "incidents/\(id)/journal/verification", token: token)
                #expect(verification.value("valid") as? Bool == true)
                let late = try await client.send(.post, "incidents/\(id)/journal", token: token, json: #"{"text":"补记"}"#)
                #expect(late.status == 409)
            }
        }
    }

    /// The incident lies at 106.0613, 31.3492.
    @Test func linksStandNearestFirst() async throws {
        try await TestGateway.run { gateway in
            func place(_ longitude: Double) -> GeoPoint? { GeoPoint(longitude: longitude, latitude: 31.3492) }
            let far = try await gateway.addPoint(serial: 1, location: place(106.0713))
            let nowhere = try await gateway.addPoint(serial: 2, location: nil)
            let near = try await gateway.addPoint(serial: 3, location: place(106.0614))
            let twin = try await gateway.addPoint(serial: 4, location: place(106.0614))
            let middle = try await gateway.addPoint(serial: 5, location: place(106.0603))
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let id = try #require(try await client.send(.post, "incidents", token: token, json: Self.opening).text("id"))
                for point in [far, nowhere, near, twin, middle] {
                    let made = try await client.send(
                        .post, "incidents/\(id)/links", token: token, json: #"{"cameraPointId":"\#(point.id)","record":false}"#)
                    #expect(made.status == 201, "\(made.body)")
                    #expect(made.isNull("cameraPoint.distance") == (point.id == nowhere.id))
                }
                let links = try await client.send(.get, "incidents/\(id)/links", token: token)
                let order = (0..<5).map { links.text("items.\($0).cameraPoint.id") }
                #expect(order == [near, twin, middle, far, nowhere].map(\.id.rawValue))
                #expect((links.value("items.0.cameraPoint.distance") as? Double).map { (9...10).contains($0) } == true)
            }
        }
    }

    @Test(arguments: [("repair", "pointInRepair", "点位维修"), ("removed", "pointRemoved", "点位撤除")])
    func aPointOutOfUseEndsItsLinks(status: String, reason: String, words: String) async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let token = try await gateway.token(of: .operator)
            let administrator = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                let id = try #require(try await client.send(.post, "incidents", token: token, json: Self.opening).text("id"))
                _ = try await client.send(
                    .post, "incidents/\(id)/links", token: token, json: #"{"cameraPointId":"\#(point.id)"}"#)
                let changed = try await client.send(
                    .patch, "camera-points/\(point.id)", token: administrator, json: #"{"status":"\#(status)"}"#)
                #expect(changed.status == 200, "\(changed.body)")
                let links = try await client.send(.get, "incidents/\(id)/links", token: token)
                #expect(links.text("items.0.endReason") == reason, "\(links.body)")
                let journal = try await client.send(.get, "incidents/\(id)/journal", token: token)
                #expect(journal.body.contains(words) && journal.body.contains(reason), "\(journal.body)")
            }
        }
    }

    @Test func endOfIncidentEndsItsLinks() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let token = try await gateway.token(of: .commander)
            try await gateway.application.test(.router) { client in
                let id = try #require(try await client.send(.post, "incidents", token: token, json: Self.opening).text("id"))
                _ = try await client.send(
                    .post, "incidents/\(id)/links", token: token, json: #"{"cameraPointId":"\#(point.id)"}"#)
                for stage in ["notified", "handling", "feedback", "closed"] {
                    _ = try await client.send(.post, "incidents/\(id)/transitions", token: token, json: #"{"to":"\#(stage)"}"#)
                }
                let links = try await client.send(.get, "incidents/\(id)/links", token: token)
                #expect(links.text("items.0.endReason") == "incidentEnded", "\(links.body)")
                #expect(links.isNull("items.0.feed"))
            }
        }
    }

    @Test func privatePointsNeedAGroundAndNoDrill() async throws {
        try await TestGateway.run { gateway in
            let shop = try await gateway.addPoint(serial: 2, name: "北街超市门口", category: .shopfront)
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let id = try #require(try await client.send(.post, "incidents", token: token, json: Self.opening).text("id"))
                let bare = try await client.send(
                    .post, "incidents/\(id)/links", token: token, json: #"{"cameraPointId":"\#(shop.id)"}"#)
                #expect(bare.status == 403 && bare.reason == "groundRequired")
                let grounded = try await client.send(
                    .post, "incidents/\(id)/links", token: token,
                    json: #"{"cameraPointId":"\#(shop.id)","ground":"accident"}"#)
                #expect(grounded.status == 201 && grounded.text("ground") == "accident")
                let drill = try #require(
                    try await client.send(
                        .post, "incidents", token: token, json: #"{"title":"演练","category":"accident","isDrill":true}"#
                    ).text("id"))
                let refused = try await client.send(
                    .post, "incidents/\(drill)/links", token: token,
                    json: #"{"cameraPointId":"\#(shop.id)","ground":"accident"}"#)
                #expect(refused.status == 403 && refused.reason == "privateInDrill")
                let patrol = try await client.send(
                    .post, "camera-points/\(shop.id)/tickets", token: token, json: #"{"purpose":"patrol","reason":"看看"}"#)
                #expect(patrol.status == 403 && patrol.reason == "privatePoint")
            }
        }
    }

    @Test func wartimeIsTheCommanders() async throws {
        try await TestGateway.run { gateway in
            let commander = try await gateway.token(of: .commander)
            try await gateway.application.test(.router) { client in
                let id = try #require(try await client.send(.post, "incidents", token: commander, json: Self.opening).text("id"))
                let low = try await client.send(
                    .post, "incidents/\(id)/mode", token: commander, json: #"{"mode":"wartime","level":"IV"}"#)
                #expect(low.status == 409 && low.reason == "levelTooLow")
                let order = try await client.send(
                    .post, "incidents/\(id)/mode", token: commander,
                    json: #"{"mode":"wartime","level":"III","provisional":true,"note":"人员被困"}"#)
                #expect(order.text("mode") == "wartime" && order.value("provisional") as? Bool == true)
                #expect(order.text("stage.id") == "reporting")
            }
        }
    }

    @Test func ticketsLeaveATrace() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let operating = try await gateway.token(of: .operator)
            let auditor = try await gateway.token(of: .auditor)
            try await gateway.application.test(.router) { client in
                let ticket = try await client.send(
                    .post, "camera-points/\(point.id)/tickets", token: operating, json: #"{"purpose":"patrol","reason":"例行巡查"}"#)
                #expect(ticket.status == 201)
                let views = try await client.send(.get, "views?cameraPoint=\(point.id)", token: auditor)
                #expect(views.text("items.0.kind") == "ticketIssued" && views.text("items.0.reason") == "例行巡查")
                #expect(views.text("items.0.account.name") == "operator-1")
                #expect(!views.body.contains(try #require(ticket.text("ticket"))))
                #expect(try await client.send(.get, "views/verification", token: auditor).value("valid") as? Bool == true)
            }
        }
    }
}
