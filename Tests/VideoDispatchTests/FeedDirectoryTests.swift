import CameraRegistry
import Crypto
import FeedRelay
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct FeedDirectoryTests {
    private let vault = CredentialVault(key: SymmetricKey(size: .bits256))

    private func directory(_ world: World) -> FeedDirectory {
        FeedDirectory(points: world.points, vault: vault, logger: quietLogger)
    }

    @Test func knowsAddressAndOpenedCredentials() async throws {
        try await World.with { world in
            var point = makePoint()
            let feed = FeedID(cameraPoint: point.id, stream: .main)
            let credentials = StreamCredentials(username: "admin", password: "канарейка:@/")
            point.streams[0].credentials = try vault.seal(credentials, of: feed)
            let stored = try await world.register(point)
            let directory = directory(world)
            #expect(directory.source(of: feed) == nil)
            try await directory.refresh()
            let source = try #require(directory.source(of: feed))
            #expect(source.url == stored.stream(.main)?.url && source.credentials == credentials)
            #expect(source.hostKey == "198.51.100.2:554")
            #expect(directory.streams(of: point.id) == [.main, .sub])
            #expect(directory.name(of: point.id) == point.name)
            #expect(directory.source(of: FeedID(cameraPoint: point.id, stream: .sub))?.credentials == nil)
        }
    }

    /// A transport and a fingerprint reach the feed, and a change of either is a change of its source.
    @Test func `knows how a stream is carried`() async throws {
        try await World.with { world in
            let pin = try #require(CertificatePin(digest: Array(0..<32)))
            var point = makePoint()
            point.streams[0].url = StreamURL(scheme: .rtsps, host: "198.51.100.2", port: 322, target: "/main")
            point.streams[0].transport = .http
            point.streams[0].pin = pin
            point.streams[1].url = StreamURL(scheme: .rtsps, host: "198.51.100.2", port: 322, target: "/sub")
            _ = try await world.register(point)
            let directory = directory(world)
            try await directory.refresh()
            let main = FeedID(cameraPoint: point.id, stream: .main)
            let sub = FeedID(cameraPoint: point.id, stream: .sub)
            #expect(directory.source(of: main)?.transport == .http && directory.source(of: main)?.pin == pin)
            #expect(directory.source(of: sub)?.transport == .automatic && directory.source(of: sub)?.pin == pin)
            _ = try await world.points.updateCameraPoint(point.id, by: nil) {
                $0.streams[0].pin = CertificatePin(digest: Array(repeating: 7, count: 32))
            }
            #expect(try await directory.refresh().sources == [main, sub])
            _ = try await world.points.updateCameraPoint(point.id, by: nil) {
                $0.streams[1].url = StreamURL(scheme: .rtsps, host: "198.51.100.3", port: 322, target: "/sub")
            }
            try await directory.refresh()
            #expect(directory.source(of: sub)?.pin == nil, "another device shows another certificate")
        }
    }

    /// Another point's sealed bytes do not open: the stream is pulled without credentials and says `unauthorized`.
    @Test func foreignCredentialsDoNotOpen() async throws {
        try await World.with { world in
            var point = makePoint()
            point.streams[0].credentials = try vault.seal(
                StreamCredentials(username: "a", password: "b"), of: FeedID(cameraPoint: .random()))
            _ = try await world.register(point)
            let directory = directory(world)
            try await directory.refresh()
            let source = try #require(directory.source(of: FeedID(cameraPoint: point.id)))
            #expect(source.credentials == nil)
        }
    }

    @Test func pointsWithoutVideoAndRemovedOnesHaveNoSource() async throws {
        try await World.with { world in
            let collection = try await world.register(makePoint(serial: 1, method: .collection))
            let removed = try await world.register(makePoint(serial: 2, status: .removed))
            let repair = try await world.register(makePoint(serial: 3, status: .repair))
            let directory = directory(world)
            try await directory.refresh()
            #expect(directory.streams(of: collection.id).isEmpty)
            #expect(directory.streams(of: removed.id).isEmpty)
            // A point in repair keeps its streams: whoever mends it probes it.
            #expect(directory.streams(of: repair.id) == [.main, .sub])
        }
    }

    @Test func tellsWhatChanged() async throws {
        try await World.with { world in
            let moved = try await world.register(makePoint(serial: 1))
            let deleted = try await world.register(makePoint(serial: 2, category: .shopfront))
            let sold = try await world.register(makePoint(serial: 3))
            let same = try await world.register(makePoint(serial: 4))
            let directory = directory(world)
            #expect(try await directory.refresh() == FeedDirectory.Changes())
            #expect(try await directory.refresh() == FeedDirectory.Changes())
            _ = try await world.points.updateCameraPoint(moved.id, by: nil) { point in
                point.streams[1].url = StreamURL(host: "203.0.113.7", target: "/live")
            }
            _ = try await world.points.updateCameraPoint(sold.id, by: nil) { $0.sourceCategory = .enterprise }
            try await world.points.deleteCameraPoint(deleted.id, by: nil)
            let changes = try await directory.refresh()
            #expect(changes.closedToPatrol == [sold.id])
            #expect(
                changes.sources == [
                    FeedID(cameraPoint: moved.id, stream: .sub), FeedID(cameraPoint: deleted.id, stream: .main),
                    FeedID(cameraPoint: deleted.id, stream: .sub),
                ])
            #expect(directory.streams(of: same.id) == [.main, .sub])
        }
    }

    @Test func tellsWhichPointsCannotBeWatchedAnyMore() async throws {
        try await World.with { world in
            let usable = try await world.register(makePoint(serial: 1))
            let repair = try await world.register(makePoint(serial: 2, status: .repair))
            let removed = try await world.register(makePoint(serial: 3, status: .removed))
            let bare = try await world.register(makePoint(serial: 4, roles: []))
            let unknown = CameraPointID.random()
            let directory = directory(world)
            try await directory.refresh()
            // Registered after the refresh: not lost.
            let young = try await world.register(makePoint(serial: 5))
            let all = Set([usable.id, repair.id, removed.id, bare.id, unknown, young.id])
            #expect(
                try await directory.losses(among: all) == [
                    repair.id: .pointInRepair, removed.id: .pointRemoved, bare.id: .pointWithoutStream, unknown: .pointRemoved,
                ])
            #expect(try await directory.losses(among: [usable.id]).isEmpty)
        }
    }
}
