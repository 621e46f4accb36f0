import Accounts
import CameraRegistry
import CameraSimulator
import Crypto
import DecoderProcess
import FFmpegMedia
import FeedRelay
import Foundation
import GatewayCore
import GatewayStore
import NIOCore
import NIOPosix
import RTSP
import SimulatorManifest
import Synchronization
import Testing

@testable import VideoDispatch

/// Probes from the schedule to the registry's health: simulated cameras, a real relay, real FFmpeg, real SQLite.
@Suite struct ProbeRunnerTests {
    /// Leads every address to the simulator, but for one host that gives no connection.
    private struct SimulatorDialer: Dialer {
        static let deadHost = "198.51.100.250"
        let port: Int

        func connect(host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline) -> EventLoopFuture<any Channel> {
            guard host != Self.deadHost else { return eventLoop.makeFailedFuture(ChannelError.connectTimeout(.zero)) }
            return SystemDialer().connect(host: "127.0.0.1", port: self.port, on: eventLoop, deadline: deadline)
        }
    }

    private final class Thumbnails: ThumbnailKeeper {
        let kept = Mutex<[CameraPointID: [UInt8]]>([:])
        func keep(_ jpeg: [UInt8], of point: CameraPointID) async throws { kept.withLock { $0[point] = jpeg } }
    }

    private func withProber(
        _ cameras: [(path: String, fault: CameraFault?, password: String?)], hasDecoder: Bool = true,
        _ body: (ProbeRunner, World, Thumbnails, FeedDirectory) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "lookout-decoder").path
        let decoder = DecoderProcess(
            .init(executable: hasDecoder ? program : "/nonexistent/lookout-decoder", probes: 8), group: group, logger: quietLogger)
        try await World.with { world in
            let clip = try TestClip(name: "新华路口", number: "001", scene: 1, codec: .h264).write(into: world.folder)
            let manifest = SimulatorManifest(
                cameras: cameras.map { camera in
                    SimulatedCameraDescription(
                        url: camera.path, clips: [clip.path], codec: .h264,
                        authentication: camera.password.map { .init(scheme: .digestMD5, username: "admin", password: $0) },
                        fault: camera.fault)
                })
            let simulator = try await CameraSimulator.start(manifest: manifest, port: 0, logger: quietLogger)
            let directory = FeedDirectory(
                points: world.points, vault: CredentialVault(key: SymmetricKey(size: .bits256)), logger: quietLogger)
            let gate = DispatchGate(
                key: TicketKey(),
                recorder: ViewRecorder(
                    register: DatabaseViewingRegister(world.database), accounts: DatabaseAccountStore(world.database),
                    directory: directory, logger: quietLogger))
            let options = FeedOptions()
            let relay = FeedRelay(
                group: group, directory: directory, gate: gate, dialer: SimulatorDialer(port: simulator.port), options: options,
                logger: quietLogger)
            let thumbnails = Thumbnails()
            let prober = ProbeRunner(
                points: world.points, relay: relay, decoder: decoder, thumbnails: thumbnails, logger: quietLogger)
            try await register(cameras.map(\.path), in: world)
            try await directory.refresh()
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(prober, world, thumbnails, directory))
            } catch {
                result = .failure(error)
            }
            await relay.shutdown()
            await simulator.shutdown()
            try result.get()
        }
        await decoder.shutdown()
        try await group.shutdownGracefully()
    }

    private func register(_ paths: [String], in world: World) async throws {
        for (index, path) in paths.enumerated() {
            _ = try await world.register(
                makePoint(path, serial: index + 1, category: path.contains("private") ? .shopfront : .xueliang) { point in
                    point.streams = [CameraStream(role: .main, url: StreamURL(host: "198.51.100.\(index + 1)", target: path))]
                })
        }
    }

    @Test(.timeLimit(.minutes(1))) func findsWhatEachCameraIs() async throws {
        try await withProber([
            ("/good", nil, nil), ("/private", nil, nil), ("/missing", .notFound, nil), ("/hang", .hang, nil),
            ("/locked", nil, "secret"),
        ]) { prober, world, thumbnails, _ in
            let progress = Mutex<[(Int, Int)]>([])
            try await prober.probeAll { done, total in progress.withLock { $0.append((done, total)) } }
            let listings = try await world.points.allCameraPoints()
            var outcomes: [String: ProbeOutcome] = [:]
            for listing in listings { outcomes[listing.point.name] = listing.health.lastProbe?.outcome }
            #expect(
                outcomes == [
                    "/good": .reachable, "/private": .reachable, "/missing": .notFound, "/hang": .timeout, "/locked": .unauthorized,
                ])
            let good = try #require(listings.first { $0.point.name == "/good" })
            #expect(good.health.state == .online)
            let record = try #require(try await world.points.probeHistory(of: good.point.id, limit: 1).first)
            #expect(record.report.video?.codec == "h264" && record.report.video?.width == 640)
            #expect(record.report.picture?.signature.count == 256)
            #expect(record.report.duration > .zero)
            // Pictures are kept of government-built points only.
            let kept = thumbnails.kept.withLock { $0 }
            #expect(Set(kept.keys) == [good.point.id])
            #expect(kept[good.point.id]?.starts(with: [0xFF, 0xD8]) == true)
            let last = progress.withLock { $0.last }
            #expect(last?.0 == 5 && last?.1 == 5)
        }
    }

    @Test(.timeLimit(.minutes(1))) func withoutADecoderNothingIsSaidOfTheCamera() async throws {
        try await withProber([("/good", nil, nil)], hasDecoder: false) { prober, world, _, _ in
            try await prober.probeAll()
            let point = try #require(try await world.points.allCameraPoints().first)
            #expect(point.health.state == .unknown)
            #expect(try await world.points.probeHistory(of: point.point.id, limit: 1).isEmpty)
            let error = await #expect(throws: GatewayError.self) { try await prober.probe(point.point.id) }
            #expect(error?.reason == "decoderUnavailable")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aDeadRecorderIsOneFault() async throws {
        try await withProber([("/good", nil, nil)]) { prober, world, _, directory in
            let recorder = Intermediary(
                name: "乡镇录像机", kind: .nvr, host: SimulatorDialer.deadHost, channels: 16, leadDepartment: "公安局")
            _ = try await world.points.importCameraPoints(by: nil) { _ in
                var changes = RegistryChanges()
                changes.intermediaries = [recorder]
                for serial in 11...14 {
                    changes.inserted.append(
                        makePoint("通道\(serial)", serial: serial, method: .indirect) { point in
                            point.intermediary = recorder.id
                            point.channel = serial
                            point.streams = [
                                CameraStream(role: .main, url: StreamURL(host: SimulatorDialer.deadHost, target: "/\(serial)"))
                            ]
                        })
                }
                return changes
            }
            try await directory.refresh()
            try await prober.probeAll()
            let channels = try await world.points.allCameraPoints().filter { $0.point.intermediary != nil }
            #expect(channels.count == 4)
            #expect(channels.allSatisfy { $0.health.lastProbe?.outcome == .intermediaryUnreachable })
            #expect(try await world.points.intermediaryHealth()[recorder.id]?.isReachable == false)
        }
    }

    @Test(.timeLimit(.minutes(1))) func onePointIsProbedWhenAsked() async throws {
        try await withProber([("/good", nil, nil)]) { prober, world, _, _ in
            let point = try #require(try await world.points.allCameraPoints().first?.point)
            let report = try await prober.probe(point.id)
            #expect(report.outcome == .reachable)
            #expect(try await world.points.cameraPoint(point.id)?.health.state == .online)
            await #expect(throws: GatewayError.self) { try await prober.probe(.random()) }
            let collection = try await world.register(makePoint(serial: 20, method: .collection))
            await #expect(throws: GatewayError.self) { try await prober.probe(collection.id) }
        }
    }
}
