import CameraRegistry
import FeedRelay
import Foundation
import GatewayCore
import HummingbirdTesting
import Testing

@testable import GatewayAPI
@testable import VideoDispatch

/// A probe right after an answer must find the camera: the answer waits for the reconciler's reading of the registry.
@Suite(.timeLimit(.minutes(1))) struct RegistrationTests {
    /// Reads the registry as the reconciler does, and takes its time about it.
    private func withSlowReconciler(_ gateway: TestGateway, _ body: () async throws -> Void) async throws {
        let signal = gateway.services.registryChanged
        let (serving, continuation) = AsyncStream.makeStream(of: Void.self)
        let reconciler = Task {
            await signal.serving {
                continuation.yield()
                while !Task.isCancelled {
                    let mark = signal.mark()
                    try? await Task.sleep(for: .milliseconds(60))
                    _ = try? await gateway.directory.refresh()
                    signal.follow(mark)
                    await signal.wait(atMost: .seconds(60))
                }
            }
        }
        for await _ in serving { break }
        do {
            try await body()
        } catch {
            reconciler.cancel()
            throw error
        }
        reconciler.cancel()
        await reconciler.value
    }

    @Test func anImportsAnswerComesWhenItsSourcesAreKnown() async throws {
        try await TestGateway.run { gateway in
            let old = try await gateway.addPoint(serial: 5)
            let token = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                let file = try await client.send(.get, "camera-points/export?accessMethod=direct", token: token)
                try await gateway.services.points.deleteCameraPoint(old.id, by: nil)
                try await withSlowReconciler(gateway) {
                    let answer = try await client.send(
                        .post, "camera-points/import?accessMethod=direct", token: token, json: file.body)
                    #expect(answer.number("inserted") == 1, "\(answer.body)")
                    let point = try #require(try await gateway.services.points.allCameraPoints().first?.point)
                    let feed = FeedID(cameraPoint: point.id)
                    #expect(gateway.directory.source(of: feed)?.url == TestGateway.streamURL(5))

                    let moved = file.body.replacing("rtsp://198.51.100.5/live/5", with: "rtsp://198.51.100.6/other")
                    #expect(
                        try await client.send(.post, "camera-points/import?accessMethod=direct", token: token, json: moved)
                            .number("changed") == 1)
                    #expect(gateway.directory.source(of: feed)?.url.description == "rtsp://198.51.100.6/other")
                }
            }
        }
    }

    @Test func aFormSaysHowAStreamIsCarried() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(serial: 5)
            let token = try await gateway.token(of: .administrator)
            let pin = [String](repeating: "AB", count: 32).joined(separator: ":")
            @Sendable func stream(_ url: String, _ rest: String) -> String {
                #"{"streams":[{"role":"main","url":""# + url + #"","# + rest + "}]}"
            }
            try await gateway.application.test(.router) { client in
                let path = "camera-points/\(point.id)"
                let secure = stream("rtsps://198.51.100.7/new", #""transport":"http","certificatePin":""# + pin + #"""#)
                let changed = try await client.send(.patch, path, token: token, json: secure)
                #expect(changed.status == 200, "\(changed.body)")
                let dossier = try await client.send(.get, path, token: token)
                #expect(dossier.text("streams.0.transport") == "http" && dossier.text("streams.0.certificatePin") == pin)
                #expect(dossier.text("streams.0.url") == "rtsps://198.51.100.7/new")
                for bad in [
                    stream("rtsp://198.51.100.7/new", #""transport":"pigeon""#),
                    stream("rtsp://198.51.100.7/new", #""certificatePin":""# + pin + #"""#),
                    stream("rtsps://198.51.100.7/new", #""transport":"udp""#),
                ] {
                    #expect(try await client.send(.patch, path, token: token, json: bad).status == 400, "\(bad)")
                }
            }
        }
    }

    @Test func formsAndRemovalsLikewise() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint(serial: 5)
            let token = try await gateway.token(of: .administrator)
            try await gateway.application.test(.router) { client in
                try await withSlowReconciler(gateway) {
                    let changed = try await client.send(
                        .patch, "camera-points/\(point.id)", token: token,
                        json: #"{"streams":[{"role":"main","url":"rtsp://198.51.100.7/new"}]}"#)
                    #expect(changed.status == 200, "\(changed.body)")
                    let feed = FeedID(cameraPoint: point.id)
                    #expect(gateway.directory.source(of: feed)?.url.description == "rtsp://198.51.100.7/new")
                    #expect(try await client.send(.delete, "camera-points/\(point.id)", token: token).status == 204)
                    #expect(gateway.directory.source(of: feed) == nil)
                }
            }
        }
    }
}
