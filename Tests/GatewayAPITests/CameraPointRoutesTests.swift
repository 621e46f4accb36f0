import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import GatewayAPI

@Suite struct CameraPointRoutesTests {
    private static let form = #"""
        {"gbCode":"51132102001320000077","name":"南部县蜀北大道路口","accessMethod":"direct","sourceCategory":"xueliang",
        "placeType":"crossing","address":"蜀北大道 77 号","township":"滨江街道","owner":"南部县公安局","leadDepartment":"公安局",
        "location":{"longitude":106.06,"latitude":31.35,"datum":"wgs84"},"azimuth":45,"recordSaveDays":30,"isIndoor":false,
        "streams":[{"role":"main","url":"rtsp://viewer:\#(TestGateway.canary)@198.51.100.77/live","codec":"H.264","width":1920,"height":1080}]}
        """#

    @Test func registersReadsChangesAndRemoves() async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                let made = try await client.send(.post, "camera-points", token: token, json: Self.form)
                #expect(made.status == 201, "\(made.body)")
                let id = try #require(made.text("id"))
                #expect(made.text("streams.0.url") == "rtsp://198.51.100.77/live")
                #expect(made.number("streams.0.width") == 1920)
                #expect(made.text("health.state") == "unknown")
                #expect(made.isNull("lastProbe") && made.isNull("ownerContact") && made.isNull("distance"))
                #expect(!made.body.contains(TestGateway.canary))
                let sealed = try await gateway.services.points.cameraPoint(try #require(CameraPointID(rawValue: id)))
                #expect(sealed?.point.stream(.main)?.credentials != nil)

                let changed = try await client.send(
                    .patch, "camera-points/\(id)", token: token, json: #"{"azimuth":180,"maintainer":"金盾"}"#)
                #expect(changed.status == 200, "\(changed.body)")
                #expect(changed.number("azimuth") == 180 && changed.text("maintainer") == "金盾")
                #expect(changed.text("address") == "蜀北大道 77 号" && changed.number("recordSaveDays") == 30)
                let kept = try await gateway.services.points.cameraPoint(try #require(CameraPointID(rawValue: id)))
                #expect(kept?.point.stream(.main)?.credentials == sealed?.point.stream(.main)?.credentials)

                let cleared = try await client.send(.patch, "camera-points/\(id)", token: token, json: #"{"maintainer":null}"#)
                #expect(cleared.isNull("maintainer"))
                let fixed = try await client.send(
                    .patch, "camera-points/\(id)", token: token, json: #"{"gbCode":"51132102001320000078"}"#)
                #expect(fixed.status == 409 && fixed.reason == "identityFixed")
                #expect(try await client.send(.delete, "camera-points/\(id)", token: token).status == 204)
                #expect(try await client.send(.get, "camera-points/\(id)", token: token).status == 404)
            }
        }
    }

    @Test(
        arguments: [
            (#""placeType":"crossing""#, #""placeType":"toilet""#, 403, "placeTypeBanned", "placeType"),
            (#""gbCode":"51132102001320000077""#, #""gbCode":"5.11321E+19""#, 400, "spreadsheetNumber", "gbCode"),
            (#""latitude":31.35"#, #""latitude":93.1"#, 400, "coordinateOutOfRange", "location.latitude"),
            ("rtsp://viewer", "ftp://viewer", 400, "streamScheme", "streams.main.url"),
            (#""azimuth":45"#, #""azimuth":"north""#, 400, "numberOutOfRange", "azimuth"),
            (#""azimuth":45"#, #""nonsense":45"#, 400, "fieldUnknown", "nonsense"),
            (#""accessMethod":"direct""#, #""accessMethod":"satellite""#, 400, "accessMethodUnknown", "accessMethod"),
            (#""name":"南部县蜀北大道路口""#, #""name":["x"]"#, 400, "bodyMalformed", nil),
        ] as [(String, String, Int, String, String?)])
    func faultNamesTheField(original: String, broken: String, status: Int, reason: String, field: String?) async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                let answer = try await client.send(
                    .post, "camera-points", token: token, json: Self.form.replacing(original, with: broken))
                #expect(answer.status == status && (answer.reason == reason || field == nil), "\(answer.body)")
                if let field { #expect(answer.text("error.details.field") == field) }
                #expect(!answer.body.contains(TestGateway.canary))
            }
        }
    }

    @Test func leadDepartmentKeepsToItsOwn() async throws {
        try await TestGateway.run { gateway in
            let other = try await gateway.addPoint(serial: 9, department: "住建局")
            let own = try await gateway.addPoint(serial: 8)
            let token = try await gateway.token(of: .leadDepartment)
            try await gateway.application.test(.router) { client in
                let list = try await client.send(.get, "camera-points", token: token)
                #expect(list.number("total") == 1 && list.text("items.0.id") == own.id.rawValue)
                #expect(list.text("items.0.streams.0.url") == "rtsp://198.51.100.8/live/8")
                let asked = try await client.send(.get, "camera-points?leadDepartment=%E4%BD%8F%E5%BB%BA%E5%B1%80", token: token)
                #expect(asked.count("items") == 0)
                #expect(try await client.send(.get, "camera-points/\(other.id)", token: token).status == 404)
                #expect(
                    try await client.send(.patch, "camera-points/\(other.id)", token: token, json: "{}").status == 404)
                let given = try await client.send(
                    .patch, "camera-points/\(own.id)", token: token, json: #"{"leadDepartment":"住建局"}"#)
                #expect(given.status == 403 && given.reason == "notYourPoint")
                let foreign = try await client.send(
                    .post, "camera-points", token: token,
                    json: Self.form.replacing(#""leadDepartment":"公安局""#, with: #""leadDepartment":"住建局""#))
                #expect(foreign.status == 403)
                #expect(try await client.send(.post, "camera-points", token: token, json: Self.form).status == 201)
            }
        }
    }

    @Test func addressesAreForThoseWhoMayHaveThem() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(serial: 3, category: .enterprise, method: .securityCompany)
            try await gateway.application.test(.router) { client in
                for role in [Role.operator, .commander, .callTaker, .securityCompany] {
                    let token = try await gateway.token(of: role)
                    for path in ["camera-points", "camera-points/\(point.id)"] {
                        let answer = try await client.send(.get, path, token: token)
                        #expect(answer.status == 200)
                        #expect(!answer.body.contains("rtsp://") && !answer.body.contains("198.51.100"))
                    }
                }
                let administrator = try await client.send(
                    .get, "camera-points/\(point.id)", token: try await gateway.token(of: .administrator))
                #expect(administrator.text("streams.0.url") == "rtsp://198.51.100.3/live/3")
            }
        }
    }

    @Test func importIsAllOrNothingAndExportComesBack() async throws {
        try await TestGateway.run { gateway in
            try await gateway.addPoint(serial: 6, name: "点位乙")
            try await gateway.addPoint(serial: 5, credentials: .init(username: "viewer", password: TestGateway.canary))
            let token = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                let file = try await client.send(.get, "camera-points/export?accessMethod=direct", token: token)
                #expect(file.headers[.contentType] == "text/csv; charset=utf-8")
                #expect(file.body.contains("rtsp://198.51.100.5/live/5") && !file.body.contains(TestGateway.canary))
                let path = "camera-points/import?accessMethod=direct"
                #expect(try await client.send(.post, path, token: token, json: file.body).number("accepted") == 2)
                let same = try await client.send(.post, path, token: token, json: file.body)
                #expect(same.number("accepted") == 2 && same.number("unchanged") == 2, "\(same.body)")
                let changed = file.body.replacing("北街 1 号", with: "北街 2 号")
                let broken = try await client.send(
                    .post, path, token: token, json: changed.replacing("点位乙", with: "点位乙厕所"))
                #expect(broken.number("accepted") == 0, "\(broken.body)")
                #expect(broken.text("faults.0.reason") == "placeNeedsConfirmation")
                let stored = try await gateway.services.points.allCameraPoints()
                #expect(stored.allSatisfy { $0.point.address == "北街 1 号" })
                let excel = try await client.send(
                    .post, "camera-points/import?accessMethod=direct", token: token,
                    json: file.body.replacing(#""=""51132102001320000005""""#, with: "5.11321E+19"))
                #expect(excel.number("accepted") == 0)
                #expect(excel.text("faults.0.reason") == "spreadsheetNumber")
                #expect(excel.number("faults.0.line") == 2)
                let huge = String(repeating: "x", count: InventoryRoutes.fileLimit + 1)
                let refused = try await client.send(.post, "camera-points/import?accessMethod=direct", token: token, json: huge)
                #expect(refused.status == 413)
            }
        }
    }

    @Test func probesTellWhetherThePictureMoves() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            for (second, motion) in [nil, 0, 23].enumerated() {
                var report = ProbeReport(
                    outcome: .reachable, detail: "", startedAt: Date(timeIntervalSince1970: Double(second)), duration: .seconds(3))
                report.picture = .init(
                    mean: 120, variance: 800, signature: (0..<256).map { UInt8($0) }, motion: motion)
                _ = try await gateway.services.points.saveProbe(report, of: FeedID(cameraPoint: point.id))
            }
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let history = try await client.send(.get, "camera-points/\(point.id)/probes", token: token)
                #expect(history.number("items.0.picture.motion") == 23 && history.number("items.1.picture.motion") == 0)
                #expect(history.isNull("items.2.picture.motion"))
                #expect(!history.body.contains("signature"))
            }
        }
    }

    @Test func nearnessAndPaging() async throws {
        try await TestGateway.run { gateway in
            for serial in 1...5 {
                try await gateway.addPoint(
                    serial: serial, name: "点位\(serial)",
                    location: GeoPoint(longitude: 106.06 + Double(serial) * 0.001, latitude: 31.35))
            }
            let token = try await gateway.token(of: .operator)
            try await gateway.application.test(.router) { client in
                let near = try await client.send(.get, "camera-points?near=106.06,31.35&radius=250", token: token)
                #expect(near.count("items") == 2)
                #expect(near.text("items.0.name") == "点位1")
                #expect((near.value("items.0.distance") as? Double).map { (90...100).contains($0) } == true)
                let first = try await client.send(.get, "camera-points?limit=2", token: token)
                #expect(first.count("items") == 2 && first.number("total") == 5)
                let cursor = try #require(first.text("nextCursor"))
                let escaped = try #require(cursor.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let second = try await client.send(.get, "camera-points?limit=4&cursor=\(escaped)", token: token)
                #expect(second.count("items") == 3 && second.isNull("nextCursor"))
                let bad = try await client.send(.get, "camera-points?limit=0", token: token)
                #expect(bad.status == 400 && bad.text("error.details.field") == "limit")
            }
        }
    }
}
