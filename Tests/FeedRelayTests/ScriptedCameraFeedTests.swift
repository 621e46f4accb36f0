import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP
import Testing

@testable import FeedRelay

/// Feeds of scripted cameras over TCP, from the camera's socket to the viewer's: what their lives do to a feed, and what
/// it says of it.
@Suite(.timeLimit(.minutes(2))) struct ScriptedCameraFeedTests {
    /// What a camera says to DESCRIBE, and what it plays; one object for all its connections.
    private final class Camera: PresentationDirectory, Sendable {
        private struct State {
            var refusals: [(status: Int, headers: RTSPHeaders)] = []
            var describes = 0
            var shows: [Show] = []
        }

        private let state = NIOLockedValueBox(State())
        private let sets: [[UInt8]]
        private let opening: [UInt8]

        /// - Parameters:
        ///   - sets: in the session description.
        ///   - opening: what is sent as soon as it plays.
        init(
            sets: [[UInt8]] = [Unit.sps, Unit.pps], refusals: [(status: Int, headers: RTSPHeaders)] = [],
            opening: (inout CameraScript) -> Void = { _ in }
        ) {
            self.sets = sets
            var script = CameraScript()
            opening(&script)
            self.opening = script.packets.flatMap { Show.frame($0.bytes) }
            state.withLockedValue { $0.refusals = refusals }
        }

        func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
            let refusal = state.withLockedValue { state in
                state.describes += 1
                return state.refusals.isEmpty ? nil : state.refusals.removeFirst()
            }
            if let refusal {
                return eventLoop.makeSucceededFuture(.refused(status: refusal.status, headers: refusal.headers))
            }
            let show = Show(FeedDescription(codec: .h264, parameterSets: sets).sdp, opening, eventLoop)
            state.withLockedValue { $0.shows.append(show) }
            return eventLoop.makeSucceededFuture(.presentation(show))
        }

        var describes: Int { state.withLockedValue { $0.describes } }

        /// The connection of this number, once it plays.
        func show(_ number: Int = 1) async throws -> Show {
            try await eventually("connection \(number)") {
                let shows = self.state.withLockedValue { $0.shows }
                guard shows.count >= number else { return nil }
                return try await shows[number - 1].isPlaying ? shows[number - 1] : nil
            }
        }
    }

    // SAFETY: mutable state is touched on `eventLoop` only.
    private final class Show: Presentation, @unchecked Sendable {
        let sessionDescription: String
        let eventLoop: any EventLoop
        private let opening: [UInt8]
        private var sink: (any InterleavedSink)?

        init(_ sessionDescription: String, _ opening: [UInt8], _ eventLoop: any EventLoop) {
            self.sessionDescription = sessionDescription
            self.opening = opening
            self.eventLoop = eventLoop
        }

        func play(into sink: any InterleavedSink) {
            self.sink = sink
            sink.write(ByteBuffer(bytes: opening))
            sink.flush()
        }
        func pause() { sink = nil }
        func teardown() { sink = nil }
        var isPlaying: Bool { get async throws { try await eventLoop.submit { self.sink != nil }.get() } }
        func die() { eventLoop.execute { self.sink?.close() } }

        static func frame(_ packet: [UInt8]) -> [UInt8] { [0x24, 0, UInt8(packet.count >> 8), UInt8(packet.count & 255)] + packet }

        func send(_ bytes: [UInt8]) async throws {
            try await eventLoop.submit {
                self.sink?.write(ByteBuffer(bytes: bytes))
                self.sink?.flush()
            }.get()
        }

        /// The packets of a script, in frames of channel 0.
        func send(_ write: (inout CameraScript) -> Void, after script: inout CameraScript) async throws {
            let before = script.packets.count
            write(&script)
            try await send(
                script.packets.dropFirst(before).flatMap { Self.frame($0.bytes) })
        }
    }

    private final class Sink: FragmentSink {
        let runs = NIOLockedValueBox<[String]>([])
        func runBegan(_ start: FragmentStart) { runs.withLockedValue { $0.append("began \(start.parameters.width)") } }
        func append(_ fragment: MediaFragment) {}
        func runEnded(_ reason: RunEndReason) { runs.withLockedValue { $0.append(reason.rawValue) } }
    }

    private struct Gate: ViewerGate {
        func admit(_ request: ViewRequest) -> Admission {
            guard let point = CameraPointID(rawValue: request.ticket) else {
                return .refused(GatewayError(.forbidden, "ticketInvalid", "no"))
            }
            return .granted(.sample(feed: FeedID(cameraPoint: point)))
        }
        func isStillGood(_ grant: ViewGrant) -> Bool { true }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {}
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {}
    }

    /// Every camera has a name; where it leads changes.
    private final class Names: SourceDirectory, Dialer {
        let ports = NIOLockedValueBox<[String: Int]>([:])
        let asked = NIOLockedValueBox<[String]>([])

        func source(of feed: FeedID) -> CameraSource? {
            CameraSource(
                url: StreamURL(host: "\(feed.cameraPoint.rawValue).test", target: "/live"),
                credentials: StreamCredentials(username: "canary", password: "canary-word"))
        }

        func connect(
            host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline
        ) -> EventLoopFuture<any Channel> {
            asked.withLockedValue { $0.append(host) }
            let port = ports.withLockedValue { $0[host] ?? 1 }
            return SystemDialer().connect(host: "127.0.0.1", port: port, on: eventLoop, deadline: deadline)
        }
    }

    private struct Stage {
        let group: MultiThreadedEventLoopGroup
        let names: Names
        let relay: FeedRelay
        let server: RTSPServer
        let states: NIOLockedValueBox<[FeedID: [FeedState]]>
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

        func feed(_ name: String = "one") -> FeedID { FeedID(cameraPoint: CameraPointID(rawValue: name) ?? .random()) }

        /// A camera of this name begins to listen; at `port` if there is one.
        func listen(_ camera: Camera, as name: String = "one", port: Int = 0) async throws -> RTSPServer {
            let server = try await RTSPServer.bind(.init(port: port), group: group, directory: camera, logger: logger)
            names.ports.withLockedValue { $0["\(name).test"] = server.port }
            return server
        }

        func player(_ name: String = "one") -> LoopbackPlayer {
            LoopbackPlayer(port: server.port, target: "/feeds/\(name)/main?ticket=\(name)", on: group.next())
        }

        /// The failure because of which the feed waits.
        func failure(_ name: String = "one") async throws -> FeedFailure {
            try await eventually("a failure of \(name)") {
                for case .backingOff(_, let failure) in self.states.withLockedValue({ $0[self.feed(name)] ?? [] }) {
                    return failure
                }
                return nil
            }
        }

        func isLive(_ name: String = "one") async throws {
            try await eventually("\(name) to be live") { await self.relay.state(of: self.feed(name)) == .live ? true : nil }
        }
    }

    private func onStage(
        _ options: FeedOptions = FeedOptions(), _ camera: Camera = Camera(), _ body: (Stage, RTSPServer) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let names = Names()
        let states = NIOLockedValueBox<[FeedID: [FeedState]]>([:])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let relay = FeedRelay(
            group: group, directory: names, gate: Gate(), dialer: names, options: options, logger: logger,
            stateChanged: { feed, state in states.withLockedValue { $0[feed, default: []].append(state) } })
        let server = try await RTSPServer.bind(
            .init(port: 0), group: group, directory: FeedPresentations(relay: relay), logger: logger)
        let stage = Stage(group: group, names: names, relay: relay, server: server, states: states)
        let listening = try await stage.listen(camera)
        do { try await body(stage, listening) } catch { Issue.record(error) }
        await server.shutdown()
        await relay.shutdown()
        await listening.shutdown()
        try await group.shutdownGracefully()
    }

    private func units(_ player: LoopbackPlayer) -> [[UInt8]] {
        Unit.units(of: player.snapshot.packets.filter { $0.count > 12 && $0[1] & 0x7F == 96 }.map { Array($0.dropFirst(12)) })
    }

    @Test("what the camera packed as one arrives as NAL units, bit by bit")
    func unpacked() async throws {
        let camera = Camera(sets: [])
        try await onStage(FeedOptions(), camera) { stage, _ in
            stage.relay.hold(stage.feed(), for: "test")
            let show = try await camera.show()
            var script = CameraScript()
            let packed = Unit.byteStream([Unit.sps, Unit.pps, Unit.idr(1, 40_000)], leading: false)
            try await show.send(
                { script in
                    for payload in Unit.fragments(packed, 1_300) { script.packet(payload, marker: payload[1] & 0x40 != 0) }
                    script.pass(ticks: 3_600, milliseconds: 40)
                }, after: &script)
            try await stage.isLive()
            let player = stage.player()
            try await eventually("the key picture") { units(player).count == 3 ? true : nil }
            try await show.send({ $0.picture(Unit.p(2, 900)) }, after: &script)
            try await eventually("the next") { units(player).count == 4 ? true : nil }
            #expect(units(player) == [Unit.sps, Unit.pps, Unit.idr(1, 40_000), Unit.p(2, 900)])
        }
    }

    @Test("a camera with intra refresh: viewers begin at its recovery points, and get the cached ones")
    func intraRefresh() async throws {
        let camera = Camera()
        try await onStage(FeedOptions(), camera) { stage, _ in
            stage.relay.hold(stage.feed(), for: "test")
            let show = try await camera.show()
            var script = CameraScript()
            try await show.send(
                { script in
                    script.picture(Unit.p(1))
                    script.picture(Unit.recoveryAfterTen, Unit.p(2))
                    script.picture(Unit.p(3))
                }, after: &script)
            try await stage.isLive()
            let player = stage.player()
            let expected = [Unit.recoveryAfterTen, Unit.sps, Unit.pps, Unit.p(2), Unit.p(3)]
            try await eventually("the cached pictures") { units(player).count >= expected.count ? true : nil }
            #expect(units(player) == expected)
        }
    }

    @Test("day and night: viewers go on, the recording begins a new run")
    func anotherSize() async throws {
        let camera = Camera()
        try await onStage(FeedOptions(), camera) { stage, _ in
            let sink = Sink()
            stage.relay.attach(sink, to: stage.feed())
            let show = try await camera.show()
            var script = CameraScript()
            try await show.send({ $0.picture(Unit.sps, Unit.pps, Unit.idr()) }, after: &script)
            try await stage.isLive()
            let player = stage.player()
            try await eventually("the first picture") { units(player).contains(Unit.idr()) ? true : nil }
            try await show.send({ $0.picture(Unit.nightSPS, Unit.pps, Unit.idr(2)) }, after: &script)
            try await eventually("the night's picture") { units(player).contains(Unit.idr(2)) ? true : nil }
            #expect(player.snapshot.closed == nil && units(player).contains(Unit.nightSPS))
            try await eventually("a second run") {
                sink.runs.withLockedValue { $0.count(where: { $0.hasPrefix("began") }) == 2 ? true : nil }
            }
            #expect(sink.runs.withLockedValue { $0.contains(RunEndReason.parametersChanged.rawValue) })
            stage.relay.detach(sink, from: stage.feed())
        }
    }

    @Test("power loss: TCP stands, nothing comes, and it is noticed")
    func halfOpen() async throws {
        var options = FeedOptions()
        #expect(options.silenceTimeout <= .seconds(10) && options.connectTimeout <= .seconds(10))
        options.silenceTimeout = .seconds(1)
        let camera = Camera(opening: { $0.picture(Unit.idr()) })
        try await onStage(options, camera) { stage, _ in
            stage.relay.hold(stage.feed(), for: "test")
            let failure = try await stage.failure()
            #expect(failure.outcome == .timeout && failure.message.contains("stopped sending video"))
            try await eventually("another attempt") { camera.describes >= 2 ? true : nil }
        }
    }

    @Test(
        "a refusal tells its reason, to those who wait too",
        arguments: [
            (453, ProbeOutcome.protocolError, "453"), (503, .protocolError, "503"), (404, .notFound, "no such stream"),
            (403, .unauthorized, "forbids"), (461, .unsupported, "461"),
        ])
    func refusals(status: Int, outcome: ProbeOutcome, message: String) async throws {
        let camera = Camera(refusals: [(status, ["Retry-After": "7"])])
        try await onStage(FeedOptions(), camera) { stage, _ in
            let asked = ContinuousClock.now
            do {
                _ = try await stage.relay.keyFrame(of: stage.feed())
                Issue.record("no failure")
            } catch let failure as FeedFailure {
                #expect(failure.outcome == outcome && failure.message.contains(message), "\(failure)")
                #expect(failure.retryAfter == (status == 453 || status == 503 ? .seconds(7) : nil))
            }
            #expect(ContinuousClock.now - asked < .seconds(10))
        }
    }

    @Test("a wrong password is tried once, and an urgent need tries it no more")
    func wrongPassword() async throws {
        let challenge: RTSPHeaders = ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"n\""]
        let camera = Camera(refusals: [(401, challenge), (401, challenge)])
        try await onStage(FeedOptions(), camera) { stage, _ in
            stage.relay.hold(stage.feed(), for: "test")
            let failure = try await stage.failure()
            #expect(failure.outcome == .unauthorized && failure.message.contains("not asked again soon"))
            #expect(!"\(failure)".contains("canary"))
            stage.relay.hold(stage.feed(), for: "incident")
            _ = await stage.relay.state(of: stage.feed())
            #expect(camera.describes == 2)
            // New credentials are tried at once.
            stage.relay.sourceChanged(stage.feed())
            _ = try await camera.show()
        }
    }

    @Test("connection refused, then the camera is back: an incident's link finds it at once")
    func refusedThenBack() async throws {
        let camera = Camera()
        try await onStage(FeedOptions(), camera) { stage, listening in
            let port = listening.port
            await listening.shutdown()
            stage.relay.hold(stage.feed(), for: "patrol")
            let failure = try await stage.failure()
            #expect(failure.outcome == .unreachable && failure.message.contains("refused"))
            let again = try await stage.listen(camera, port: port)
            stage.relay.hold(stage.feed(), for: "incident")
            _ = try await camera.show()
            await again.shutdown()
        }
    }

    @Test("a camera whose name leads elsewhere is found there: each connection asks anew")
    func addressChange() async throws {
        let camera = Camera()
        let moved = Camera()
        try await onStage(FeedOptions(), camera) { stage, _ in
            stage.relay.hold(stage.feed(), for: "test")
            let show = try await camera.show()
            var script = CameraScript()
            try await show.send({ $0.picture(Unit.idr()) }, after: &script)
            try await stage.isLive()
            let elsewhere = try await stage.listen(moved)
            show.die()
            var other = CameraScript()
            try await moved.show().send({ $0.picture(Unit.idr(2)) }, after: &other)
            let player = stage.player()
            try await eventually("a picture from there") { units(player).contains(Unit.idr(2)) ? true : nil }
            #expect(stage.names.asked.withLockedValue { $0 } == ["one.test", "one.test"])
            await elsewhere.shutdown()
        }
    }

    @Test("a camera that sends nonsense costs another feed no picture")
    func neighbours() async throws {
        let camera = Camera()
        let mad = Camera()
        try await onStage(FeedOptions(), camera) { stage, _ in
            let other = try await stage.listen(mad, as: "mad")
            for name in ["one", "mad"] { stage.relay.hold(stage.feed(name), for: "test") }
            let show = try await camera.show()
            let madShow = try await mad.show()
            var script = CameraScript()
            try await show.send({ $0.picture(Unit.idr()) }, after: &script)
            try await stage.isLive()
            let player = stage.player()
            try await eventually("the first picture") { units(player).contains(Unit.idr()) ? true : nil }
            var generator = SeededGenerator(seed: 5)
            for seed: UInt8 in 2...60 {
                try await madShow.send((0..<20_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
                try await show.send({ $0.picture(Unit.p(seed)) }, after: &script)
            }
            try await eventually("the last picture") { units(player).last == Unit.p(60) ? true : nil }
            #expect(units(player) == [Unit.sps, Unit.pps, Unit.idr()] + (2...60).map { Unit.p($0) })
            await other.shutdown()
        }
    }
}
