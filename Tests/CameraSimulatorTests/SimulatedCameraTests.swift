import FFmpegMedia
import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP
import SimulatorManifest
import Testing

@testable import CameraSimulator

/// Simulated cameras as the gateway's own RTSP client sees them, over loopback.
@Suite struct SimulatedCameraTests {
    private final class Listener: RTSPClientDelegate {
        struct Seen: Sendable {
            var parameterSets: [[UInt8]] = []
            var codec: VideoCodec?
            var packets = 0
            var markers = 0
            var reports = 0
            var sequences: [UInt16] = []
            var isPlaying = false
            var error: RTSPClientError?
        }

        let seen = NIOLockedSeen()

        func clientDescribed(_ presentation: RTSPClientPresentation) {
            seen.change {
                $0.codec = presentation.track.codec
                $0.parameterSets = presentation.track.parameterSets
            }
        }
        func clientPlaying() { seen.change { $0.isPlaying = true } }
        func clientReceived(packet: RawSpan) {
            let second = packet.unsafeLoad(fromByteOffset: 1, as: UInt8.self)
            let high = packet.unsafeLoad(fromByteOffset: 2, as: UInt8.self)
            let low = packet.unsafeLoad(fromByteOffset: 3, as: UInt8.self)
            seen.change {
                $0.packets += 1
                if second & 0x80 != 0 { $0.markers += 1 }
                $0.sequences.append(UInt16(high) << 8 | UInt16(low))
            }
        }
        func clientReceived(control: RawSpan) { seen.change { $0.reports += 1 } }
        func clientReadComplete() {}
        func clientClosed(_ error: RTSPClientError) { seen.change { $0.error = error } }
    }

    private final class NIOLockedSeen: Sendable {
        private let box = NIOLockedValueBox(Listener.Seen())
        var value: Listener.Seen { box.withLockedValue { $0 } }
        func change(_ body: (inout Listener.Seen) -> Void) { box.withLockedValue { body(&$0) } }
    }

    /// What x264 writes for 640 × 360, high profile, with one and with another picture parameter set: enough for a track;
    /// the slices hold no picture.
    private static let sequenceParameters: [UInt8] = [
        0x67, 0x64, 0x00, 0x16, 0xAC, 0xB4, 0x05, 0x01, 0x7F, 0xCB, 0x80, 0x88, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03,
        0x00, 0xF0, 0x78, 0xB1, 0x75,
    ]
    private static let parameterSets: [[[UInt8]]] = [
        [sequenceParameters, [0x68, 0xEF, 0x0F, 0xCB]], [sequenceParameters, [0x68, 0xEE, 0x3C, 0x80]],
    ]

    /// Three pictures, the first a key frame of several packets.
    private func clip(_ number: Int, in folder: URL) throws -> String {
        var stream: [UInt8] = []
        let key: [UInt8] = [0x65, 0x88] + [UInt8](repeating: 0x5A, count: 4_000)
        for unit in Self.parameterSets[number] + [key, [0x41, 0x9A, 1, 2, 3], [0x41, 0x9A, 4, 5, 6]] {
            stream += [0, 0, 0, 1] + unit
        }
        let file = folder.appending(path: "\(number).h264")
        try Data(stream).write(to: file)
        return file.path
    }

    /// Runs one camera, and clients one after the other until `isDone` of what each has seen; answers what they saw.
    private func watch(
        clips: Int = 1, authentication: SimulatedCameraDescription.Authentication? = nil, fault: CameraFault? = nil,
        password: String? = nil, clients: Int = 1, until isDone: @Sendable (Listener.Seen) -> Bool
    ) async throws -> [Listener.Seen] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "simulated-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let camera = SimulatedCameraDescription(
            url: "/live/1", clips: try (0..<clips).map { try clip($0, in: folder) }, codec: .h264, framesPerSecond: 60,
            authentication: authentication, fault: fault)
        let simulator = try await CameraSimulator.start(
            manifest: SimulatorManifest(cameras: [camera]), port: 0, logger: Logger(label: "test"))
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        var all: [Listener.Seen] = []
        for _ in 0..<clients {
            let credentials = password.map { StreamCredentials(username: "admin", password: $0) }
            let configuration = RTSPClientConfiguration(
                url: StreamURL(host: "127.0.0.1", port: simulator.port, target: "/live/1"), credentials: credentials,
                responseTimeout: .seconds(1), firstPacketTimeout: .seconds(1), silenceTimeout: .seconds(1))
            let (seen, client) = try await loop.submit {
                let listener = Listener()
                let client = RTSPClient.connect(
                    configuration: configuration, dialer: SystemDialer(), on: loop, delegate: listener,
                    logger: Logger(label: "test"))
                return (listener.seen, NIOLoopBound(client, eventLoop: loop))
            }.get()
            let deadline = ContinuousClock.now + .seconds(10)
            while !isDone(seen.value), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
            all.append(seen.value)
            try await loop.submit { client.value.close() }.get()
        }
        await simulator.shutdown()
        return all
    }

    private static let plays: @Sendable (Listener.Seen) -> Bool = { $0.packets >= 20 }
    private static let ended: @Sendable (Listener.Seen) -> Bool = { $0.error != nil }

    @Test func picturesComeNumberedWithoutAGapAndBeginWithAKeyFrame() async throws {
        let seen = try #require(try await watch(until: Self.plays).first)
        #expect(seen.codec == .h264)
        #expect(seen.parameterSets == Self.parameterSets[0])
        #expect(seen.packets >= 20)
        #expect(zip(seen.sequences, seen.sequences.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
        #expect(seen.markers > 5)
        #expect(seen.reports >= 1)
    }

    @Test(arguments: SimulatedCameraDescription.Scheme.allCases)
    func eachSchemeLetsTheRightPasswordInAndNoOther(scheme: SimulatedCameraDescription.Scheme) async throws {
        let lock = SimulatedCameraDescription.Authentication(scheme: scheme, username: "admin", password: "gate 7")
        let right = try await watch(authentication: lock, password: "gate 7", clients: 2, until: Self.plays)
        #expect(right.allSatisfy { $0.packets >= 20 })
        for wrong in ["gate 8", nil] {
            let seen = try await watch(authentication: lock, password: wrong, until: Self.ended)
            #expect(seen.first?.error?.outcome == .unauthorized)
            #expect(seen.first?.packets == 0)
        }
    }

    @Test func anotherClipAfterAReconnect() async throws {
        let seen = try await watch(clips: 2, clients: 3, until: Self.plays)
        #expect(seen.map(\.parameterSets) == [Self.parameterSets[0], Self.parameterSets[1], Self.parameterSets[0]])
    }

    @Test func aCameraWithoutMarkersNeverSetsOne() async throws {
        let seen = try await watch(fault: .noMarker, until: Self.plays)
        #expect(seen.first?.markers == 0)
    }

    @Test func aCameraMayKeepItsParameterSetsForTheStream() async throws {
        let seen = try await watch(fault: .noParameterSetsInDescription, until: Self.plays)
        #expect(seen.first?.parameterSets.isEmpty == true)
        #expect(seen.first.map { $0.packets >= 20 } == true)
    }

    @Test func aDyingCameraEndsItsConnection() async throws {
        let seen = try #require(try await watch(fault: .die(afterPictures: 4), until: Self.ended).first)
        #expect(seen.error != nil)
        #expect(seen.packets > 4 && seen.packets < 12)
    }

    @Test(arguments: [
        (CameraFault.silent, ProbeOutcome.timeout), (.hang, .timeout), (.notFound, .notFound),
        (.redirect(location: "rtsp://127.0.0.1:1/elsewhere"), .unreachable),
    ])
    func whatAFaultLooksLike(fault: CameraFault, outcome: ProbeOutcome) async throws {
        let seen = try await watch(fault: fault, until: Self.ended)
        #expect(seen.first?.error?.outcome == outcome)
    }
}
