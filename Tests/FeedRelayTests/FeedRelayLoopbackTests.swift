import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP
import Testing

@testable import FeedRelay

@Suite(.timeLimit(.minutes(2))) struct FeedRelayLoopbackTests {
    private struct OneCamera: SourceDirectory {
        let port: Int
        func source(of feed: FeedID) -> CameraSource? {
            feed.cameraPoint.rawValue == "nowhere"
                ? nil : CameraSource(url: StreamURL(host: "127.0.0.1", port: port, target: "/cam"), credentials: nil)
        }
    }

    /// Lets in whoever names a feed as ticket; keeps what it is told.
    private final class Gate: ViewerGate {
        let ended = NIOLockedValueBox<[(reason: ViewEndReason, bytes: Int64)]>([])
        let started = NIOLockedValueBox(0)

        func admit(_ request: ViewRequest) -> Admission {
            guard let point = CameraPointID(rawValue: request.ticket), request.ticket != "stranger" else {
                return .refused(GatewayError(.forbidden, "ticketInvalid", "no"))
            }
            return .granted(.sample(feed: FeedID(cameraPoint: point)))
        }
        let isClosed = NIOLockedValueBox(false)
        func isStillGood(_ grant: ViewGrant) -> Bool { !isClosed.withLockedValue { $0 } }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) { started.withLockedValue { $0 += 1 } }
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {
            ended.withLockedValue { $0.append((reason, bytes)) }
        }
    }

    private struct Stage {
        let group: MultiThreadedEventLoopGroup
        let camera: LoopbackCamera
        let cameraServer: RTSPServer
        let gate: Gate
        let relay: FeedRelay
        let server: RTSPServer
        let states: NIOLockedValueBox<[String]>
        let feed = FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random())

        func player(_ ticket: String = "p1") -> LoopbackPlayer {
            LoopbackPlayer(port: server.port, target: "/feeds/p1/main?ticket=\(ticket)", on: group.next())
        }
    }

    /// A camera, a relay with two loops and a server, for the time of `body`.
    private func onStage(_ options: FeedOptions = FeedOptions(), _ body: (Stage) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let camera = LoopbackCamera()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let cameraServer = try await RTSPServer.bind(.init(port: 0), group: group, directory: camera, logger: logger)
        let gate = Gate()
        let states = NIOLockedValueBox<[String]>([])
        let relay = FeedRelay(
            group: group, directory: OneCamera(port: cameraServer.port), gate: gate, options: options, logger: logger,
            stateChanged: { _, state in states.withLockedValue { $0.append(state.name) } })
        let server = try await RTSPServer.bind(
            .init(port: 0), group: group, directory: FeedPresentations(relay: relay), logger: logger)
        let stage = Stage(
            group: group, camera: camera, cameraServer: cameraServer, gate: gate, relay: relay, server: server, states: states)
        do {
            try await body(stage)
        } catch {
            Issue.record(error)
        }
        await server.shutdown()
        await relay.shutdown()
        await cameraServer.shutdown()
        try await group.shutdownGracefully()
    }

    @Test("a viewer that comes in the middle of a GOP gets it from its key picture on")
    func cachedStart() async throws {
        try await onStage { stage in
            stage.relay.hold(stage.feed, for: "test")
            let show = try await stage.camera.show(number: 1)
            try await show.send(key: true, payload: [1])
            try await show.send(key: false, payload: [2])
            try await show.send(key: false, payload: [3])
            try await eventually("a full cache") {
                await stage.relay.statistics().first.flatMap { $0.state == .live && $0.cacheBytes > 80 ? true : nil }
            }
            let players = (0..<3).map { _ in stage.player() }
            for player in players {
                try await eventually("the cached GOP") { player.snapshot.packets.count >= 4 ? true : nil }
                #expect(Array(player.lastBytes.suffix(3)) == [1, 2, 3])
            }
            try await show.send(key: false, payload: [4])
            for player in players { try await eventually("the live unit") { player.lastBytes.last == 4 ? true : nil } }
            let viewers = try #require(await stage.relay.statistics(of: stage.feed)).viewers
            #expect(viewers.count == 3 && viewers.allSatisfy { $0.frames == 4 && $0.bytes > 100 && $0.medium == .rtsp })
            #expect(viewers.allSatisfy { $0.latenessMilliseconds ?? -1 >= 0 && $0.peer.hasPrefix("127.0.0.1") })
            #expect(stage.camera.connections == 1)
            #expect(Set(players.map(\.sequences)).count == 1)
            players.forEach { $0.close() }
            try await eventually("the ends of the views") { stage.gate.ended.withLockedValue { $0.count == 3 ? true : nil } }
            #expect(stage.gate.ended.withLockedValue { $0.allSatisfy { $0.reason == .left && $0.bytes > 0 } })
            // What went to viewers that left is not forgotten.
            let sent = try await eventually("the sums") { () -> ViewerTally? in
                await stage.relay.statistics().first.flatMap { $0.sent.frames == 12 ? $0.sent : nil }
            }
            #expect(sent.lateness.samples >= 3 && sent.bytes > 300)
            #expect(await stage.relay.statistics().first?.receivedFrames == 4)
            #expect(stage.gate.started.withLockedValue { $0 } == 3)
        }
    }

    @Test("a viewer's sender report states the camera's clock for the picture that it comes with")
    func cameraClock() async throws {
        try await onStage { stage in
            stage.relay.hold(stage.feed, for: "test")
            let player = stage.player()
            let show = try await stage.camera.show(number: 1)
            // An hour slow, and told before the first picture is through.
            let camera = Date().timeIntervalSince1970 - 3_600
            try await show.send(key: true, payload: [1])
            try await show.report(secondsSince1970: camera)
            try await eventually("the camera's offset") {
                await stage.relay.statistics().first?.cameraClockOffset.flatMap { abs($0 + 3_600) < 5 ? true : nil }
            }
            // The next report to viewers is due five seconds after the first.
            let report = try await eventually("a report by the camera's clock") {
                try await show.send(key: false, payload: [2])
                try await Task.sleep(for: .milliseconds(40))
                return player.snapshot.reports.last.flatMap { abs($0.secondsSince1970 - camera) < 60 ? $0 : nil }
            }
            // Media time goes no faster than the clock, however slow this machine is.
            #expect(report.secondsSince1970 <= Date().timeIntervalSince1970 - 3_600 + 0.1)
            #expect(report.secondsSince1970 - camera > 1)
            let packet = try #require(player.snapshot.packets.first)
            #expect(report.ssrc == packet[8...11].reduce(0) { $0 << 8 | UInt32($1) })
            #expect(report.packetCount > 20)
        }
    }

    @Test("a camera that drops in the middle of a GOP: viewers stay, numbers go on, no half GOP")
    func reconnect() async throws {
        try await onStage { stage in
            stage.relay.hold(stage.feed, for: "test")
            let first = try await stage.camera.show(number: 1)
            try await first.send(key: true, payload: [1])
            let player = stage.player()
            try await eventually("the first picture") { player.lastBytes.last == 1 ? true : nil }
            first.die()
            let second = try await stage.camera.show(number: 2)
            try await second.send(key: false, payload: [9])
            try await second.send(key: true, payload: [2])
            try await eventually("the picture after the gap") { player.lastBytes.last == 2 ? true : nil }
            #expect(!player.lastBytes.contains(9))
            #expect(player.snapshot.closed == nil)
            let sequences = player.sequences
            #expect(zip(sequences, sequences.dropFirst()).allSatisfy { (1...2).contains($1 &- $0) })
            #expect(stage.states.withLockedValue { $0 }.contains("backingOff"))
        }
    }

    @Test("a view that loses its right is gone within a second")
    func eviction() async throws {
        try await onStage { stage in
            stage.relay.hold(stage.feed, for: "test")
            let show = try await stage.camera.show(number: 1)
            try await show.send(key: true, payload: [1])
            let player = stage.player()
            try await eventually("the picture") { player.lastBytes.last == 1 ? true : nil }
            let feed = stage.feed
            let asked = ContinuousClock.now
            stage.relay.evict { $0.feed == feed }
            try await eventually("the end") { player.snapshot.closed }
            #expect(ContinuousClock.now - asked < .seconds(1))
            try await eventually("the register") {
                stage.gate.ended.withLockedValue { $0.first?.reason == .evicted ? true : nil }
            }
        }
    }

    @Test("a right that ends while the camera is asked leads to no picture")
    func endsWhileDescribed() async throws {
        try await onStage { stage in
            stage.gate.isClosed.withLockedValue { $0 = true }
            let player = stage.player()
            let closed = try await eventually("the refusal") { player.snapshot.closed }
            #expect(closed.outcome != .reachable && player.snapshot.packets.isEmpty)
            #expect(stage.gate.started.withLockedValue { $0 } == 0)
        }
    }

    @Test("a camera that sends pictures, but none to begin with, is given up and asked again")
    func noKeyPicture() async throws {
        var options = FeedOptions()
        options.keyPictureTimeout = .milliseconds(300)
        try await onStage(options) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let first = try await stage.camera.show(number: 1)
            try await eventually("the end of patience") {
                try await first.send(key: false, payload: [1])
                return stage.states.withLockedValue { $0.last == "backingOff" ? true : nil }
            }
            let second = try await stage.camera.show(number: 2)
            try await second.send(key: true, payload: [2])
            try await eventually("a live feed") { await stage.relay.state(of: stage.feed) == .live ? true : nil }
        }
    }

    @Test("a camera whose packets hold no picture any more is given up and asked again")
    func noPicture() async throws {
        var options = FeedOptions()
        options.pictureTimeout = .milliseconds(300)
        // What ends the connection is the lack of pictures, not that of packets.
        options.silenceTimeout = .seconds(60)
        try await onStage(options) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let first = try await stage.camera.show(number: 1)
            try await first.send(key: true, payload: [1])
            try await eventually("a live feed") { await stage.relay.state(of: stage.feed) == .live ? true : nil }
            try await eventually("the end of patience") { stage.states.withLockedValue { $0.contains("backingOff") ? true : nil } }
            let second = try await stage.camera.show(number: 2)
            try await second.send(key: true, payload: [2])
            try await eventually("a live feed again") { await stage.relay.state(of: stage.feed) == .live ? true : nil }
        }
    }

    @Test func aStrangerIsRefusedAndNoCameraIsAsked() async throws {
        try await onStage { stage in
            for ticket in ["stranger", "../etc", ""] {
                let player = stage.player(ticket)
                let closed = try await eventually("the refusal") { player.snapshot.closed }
                #expect(player.snapshot.packets.isEmpty)
                #expect(closed.outcome != .reachable)
            }
            #expect(stage.camera.connections == 0)
        }
    }

    @Test func aFeedThatNobodyNeedsCloses() async throws {
        var options = FeedOptions()
        options.idleTime = .milliseconds(200)
        try await onStage(options) { stage in
            let player = stage.player()
            let show = try await stage.camera.show(number: 1)
            try await show.send(key: true, payload: [1])
            try await eventually("the picture") { player.lastBytes.last == 1 ? true : nil }
            player.close()
            try await eventually("the close") { stage.states.withLockedValue { $0.last == "closed" ? true : nil } }
            #expect(try await !show.isPlaying)
        }
    }

    @Test("a probe reads the live feed and makes no second connection")
    func tapOnALiveFeed() async throws {
        try await onStage { stage in
            stage.relay.hold(stage.feed, for: "test")
            let show = try await stage.camera.show(number: 1)
            try await show.send(key: true, payload: [1])
            try await eventually("a live feed") { await stage.relay.state(of: stage.feed) == .live ? true : nil }
            let reader = LastBytes()
            let tap = try await stage.relay.tap(stage.feed, into: reader)
            #expect(tap.sdp.contains("H264/90000"))
            try await show.send(key: false, payload: [2])
            try await eventually("both pictures") { reader.bytes.withLockedValue { $0 == [1, 2] ? true : nil } }
            tap.end()
            try await eventually("the tap's end") { reader.isEnded.withLockedValue { $0 ? true : nil } }
            #expect(stage.camera.connections == 1)
        }
    }

    @Test("a camera that only a probe needed is let go at once, one that a viewer needs is not")
    func probeOnly() async throws {
        try await onStage { stage in
            async let first = stage.relay.tap(stage.feed, into: LastBytes())
            let show = try await stage.camera.show(number: 1)
            try await show.send(key: true, payload: [1])
            try await first.end()
            try await eventually("the camera's end") { try await show.isPlaying ? nil : true }
            stage.relay.hold(stage.feed, for: "test")
            let again = try await stage.camera.show(number: 2)
            try await again.send(key: true, payload: [1])
            try await stage.relay.tap(stage.feed, into: LastBytes()).end()
            stage.relay.release(stage.feed, for: "test")
            try await again.send(key: false, payload: [2])
            #expect(try await again.isPlaying)
        }
    }

    @Test("a stream that no point has fails at once, with its reason")
    func unknownSource() async throws {
        try await onStage { stage in
            let nowhere = FeedID(cameraPoint: CameraPointID(rawValue: "nowhere") ?? .random())
            let asked = ContinuousClock.now
            await #expect(throws: FeedFailure.self) { try await stage.relay.tap(nowhere, into: LastBytes()) }
            #expect(ContinuousClock.now - asked < .seconds(5), "not after the time that a camera may take")
        }
    }
}

/// Keeps the last byte of each access unit.
private final class LastBytes: FeedReader {
    let bytes = NIOLockedValueBox<[UInt8]>([])
    let isEnded = NIOLockedValueBox(false)

    func append(_ frames: ByteBuffer, arrival: UInt64) {
        bytes.withLockedValue { $0.append(frames.readableBytesView.last ?? 0) }
    }

    func end() { isEnded.withLockedValue { $0 = true } }
}
