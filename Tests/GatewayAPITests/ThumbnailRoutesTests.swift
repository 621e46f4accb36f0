import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import GatewayAPI

@Suite struct ThumbnailRoutesTests {
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0x10, 0x20, 0xFF, 0xD9]

    @Test func aGovernmentBuiltPointShowsItsLastProbe() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let path = "camera-points/\(point.id)"
            try await gateway.application.test(.router) { client in
                let token = try await gateway.token(of: .operator)
                let none = try await client.send(.get, path + "/thumbnail", token: token)
                #expect(none.status == 404 && none.reason == "thumbnailMissing")
                #expect(try await client.send(.get, path, token: token).isNull("thumbnail"))

                try await gateway.services.thumbnails.keep(Self.jpeg, of: point.id)
                for role in [Role.operator, .commander, .callTaker, .leadDepartment] {
                    let token = try await gateway.token(of: role)
                    let uri = "/api/v1/" + path + "/thumbnail"
                    try await client.execute(uri: uri, method: .get, headers: [.authorization: "Bearer \(token)"]) { answer in
                        #expect(answer.status == .ok && Array(answer.body.readableBytesView) == Self.jpeg, "\(role)")
                        #expect(answer.headers[.contentType] == "image/jpeg")
                        #expect(answer.headers[.cacheControl] == "private, no-store")
                    }
                    #expect(try await client.send(.get, path, token: token).text("thumbnail.at") != nil)
                }
            }
        }
    }

    /// A picture that should not be there is not delivered, nor told of.
    @Test func aPrivatePointHasNoneForAnybody() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(category: .enterprise, method: .securityCompany)
            let folder = gateway.folder.appending(path: "thumbnails")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(Self.jpeg).write(to: folder.appending(path: "\(point.id).jpg"))
            try await gateway.application.test(.router) { client in
                for role in [Role.operator, .commander, .callTaker, .leadDepartment, .securityCompany] {
                    let token = try await gateway.token(of: role)
                    let answer = try await client.send(.get, "camera-points/\(point.id)/thumbnail", token: token)
                    #expect(answer.status == 404 && answer.reason == "thumbnailPrivate", "\(role): \(answer.body)")
                    #expect(try await client.send(.get, "camera-points/\(point.id)", token: token).isNull("thumbnail"))
                }
            }
        }
    }

    @Test func whoMayNotSeeThePointIsNotToldOfItsPicture() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(department: "住建局")
            try await gateway.services.thumbnails.keep(Self.jpeg, of: point.id)
            try await gateway.application.test(.router) { client in
                let path = "camera-points/\(point.id)"
                for (role, status, reason) in [
                    (Role.leadDepartment, 404, "cameraPointNotFound"), (.securityCompany, 404, "cameraPointNotFound"),
                    (.administrator, 403, "roleMayNot"), (.auditor, 403, "roleMayNot"), (.memberUnit, 403, "roleMayNot"),
                ] {
                    let answer = try await client.send(.get, path + "/thumbnail", token: try await gateway.token(of: role))
                    #expect(answer.status == status && answer.reason == reason, "\(role): \(answer.body)")
                }
                let dossier = try await client.send(.get, path, token: try await gateway.token(of: .administrator))
                #expect(dossier.status == 200 && dossier.isNull("thumbnail"))
                let unknown = try await client.send(
                    .get, "camera-points/missing/thumbnail", token: try await gateway.token(of: .operator))
                #expect(unknown.status == 404 && unknown.reason == "cameraPointNotFound")
            }
        }
    }
}
