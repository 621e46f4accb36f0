import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import RTSP

/// Cameras as they really are, over TCP on loopback: each plays every NAL unit bit by bit, or is refused with its reason.
@Suite(.timeLimit(.minutes(1))) struct ScriptedCameraTests {
    @Test(arguments: CameraCase.messages) func messages(each: CameraCase) async throws { try await run(each) }
    @Test(arguments: CameraCase.sessions) func sessions(each: CameraCase) async throws { try await run(each) }
    @Test(arguments: CameraCase.authentication) func authentication(each: CameraCase) async throws { try await run(each) }
    @Test(arguments: CameraCase.descriptions) func descriptions(each: CameraCase) async throws { try await run(each) }
    @Test(arguments: CameraCase.framing) func framing(each: CameraCase) async throws { try await run(each) }
    @Test(arguments: CameraCase.life) func life(each: CameraCase) async throws { try await run(each) }

    @Test(arguments: CameraCase.sound) func sound(each: CameraCase) async throws { try await run(each) }

    @Test func `names of cases are distinct`() {
        let all =
            CameraCase.messages + CameraCase.sessions + CameraCase.authentication + CameraCase.descriptions
            + CameraCase.framing + CameraCase.life + CameraCase.sound
        #expect(Set(all.map(\.name)).count == all.count)
    }

    @Test func `whatever a camera does, its outcome is there within ten seconds`() {
        let configuration = RTSPClientConfiguration(url: StreamURL(host: "h", target: "/"))
        #expect(configuration.startTimeout < .seconds(10) && configuration.silenceTimeout <= .seconds(10))
    }

    private func run(_ each: CameraCase) async throws {
        let requests = NIOLockedValueBox<[RTSPRequest]>([])
        let camera = each.camera
        let recording = try await ScriptedCamera.with({ sent, connection in
            requests.withLockedValue { $0.append(sent[sent.count - 1]) }
            return camera.replies(sent, connection)
        }) { listening in
            try await PictureRecorder.play(
                "rtsp://127.0.0.1:\(listening.port)\(each.target)", credentials: each.credentials,
                units: CameraPictures.standard.units.count, configure: each.configure)
        }
        let error = String(describing: recording.error)
        switch each.expectation {
        case .pictures:
            #expect(recording.units == CameraPictures.standard.units, "\(recording.units.map(\.count)) \(error)")
            #expect(recording.lostFraming == 0)
        case .found(let times):
            #expect(recording.units == CameraPictures.standard.units, "\(recording.units.map(\.count)) \(error)")
            #expect(recording.lostFraming == times)
        case .lastPicture:
            #expect(recording.units.last == CameraPictures.standard.units.last, "\(error)")
            #expect(recording.lostFraming == 1)
        case .refused(let outcome, let phase, let message):
            #expect(recording.error?.outcome == outcome && recording.error?.isCancelled == false, "\(error)")
            if let phase { #expect(recording.error?.phase == phase, "\(error)") }
            #expect(recording.error?.message.contains(message) == true, "\(error)")
        }
        #expect(!error.contains("canary"))
        #expect(recording.elapsed < .seconds(10))
        #expect(each.check(requests.withLockedValue { $0 }))
    }
}

/// Plays until the last NAL unit of the pictures came, or the client gives up.
final class PictureRecorder: RTSPClientDelegate {
    struct Result: Sendable {
        var units: [[UInt8]] = []
        var lostFraming = 0
        var error: RTSPClientError?
        var elapsed: TimeAmount = .zero
    }

    private var units = CameraPictures.Reader()
    private var lostFraming = 0
    private var client: RTSPClient?
    private let start = NIODeadline.now()
    private let wanted: Int
    private let last = CameraPictures.standard.units.last
    private let whenClosed: (Result) -> Void

    private init(wanted: Int, whenClosed: @escaping (Result) -> Void) {
        self.wanted = wanted
        self.whenClosed = whenClosed
    }

    func clientDescribed(_ presentation: RTSPClientPresentation) {}
    func clientPlaying() {}
    func clientReceived(packet: RawSpan) {
        units.append(packet.withUnsafeBytes { Array($0) })
        lostFraming = client?.lostFraming.times ?? 0
    }
    func clientReceived(control: RawSpan) {}

    func clientReadComplete() {
        if units.units.count >= wanted || units.units.last == last { client?.close() }
    }

    func clientClosed(_ error: RTSPClientError) {
        client = nil
        whenClosed(Result(units: units.units, lostFraming: lostFraming, error: error, elapsed: .now() - start))
    }

    /// Fails after 10 s whatever happens. The client's own time-outs are short.
    static func play(
        _ url: String, credentials: StreamCredentials?, units: Int,
        configure: @Sendable (inout RTSPClientConfiguration) -> Void
    ) async throws -> Result {
        var configuration = RTSPClientConfiguration(
            url: try StreamURL.parse(url).get().url, credentials: credentials, connectTimeout: .seconds(3),
            responseTimeout: .seconds(4), firstPacketTimeout: .seconds(4), silenceTimeout: .seconds(4))
        configure(&configuration)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await loop.flatSubmit { [configuration] in
            let promise = loop.makePromise(of: Result.self)
            let limit = loop.assumeIsolated().scheduleTask(in: .seconds(10)) { promise.fail(Recording.TookTooLong()) }
            let recorder = PictureRecorder(wanted: units) { result in
                limit.cancel()
                promise.succeed(result)
            }
            recorder.client = RTSPClient.connect(
                configuration: configuration, dialer: SystemDialer(), on: loop, delegate: recorder, logger: Logger(label: "test"))
            return promise.futureResult
        }.get()
    }
}
