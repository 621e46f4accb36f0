import GatewayCore
import Logging
import NIOCore
import NIOPosix

@testable import RTSP

/// What a client told its delegate.
struct Recording: Sendable {
    var presentation: RTSPClientPresentation?
    var isPlaying = false
    var packets: [[UInt8]] = []
    var controls = 0
    var reads = 0
    var lostFraming = 0
    var error: RTSPClientError?
    var closings = 0
    /// From the connect to the last call, measured on the loop.
    var elapsed: TimeAmount = .zero
}

/// Plays until so many packets came, closes the client then, and keeps what it was told.
final class RecordingDelegate: RTSPClientDelegate {
    var recording = Recording()
    var client: RTSPClient?
    private let start = NIODeadline.now()
    private let wanted: Int
    private let whenClosed: (Recording) -> Void

    init(wanted: Int, whenClosed: @escaping (Recording) -> Void) {
        self.wanted = wanted
        self.whenClosed = whenClosed
    }

    func clientDescribed(_ presentation: RTSPClientPresentation) { recording.presentation = presentation }
    func clientPlaying() { recording.isPlaying = true }

    func clientReceived(packet: RawSpan) {
        recording.packets.append(packet.withUnsafeBytes { Array($0) })
        guard recording.packets.count == wanted else { return }
        recording.lostFraming = client?.lostFraming.times ?? 0
        client?.close()
    }

    func clientReceived(control: RawSpan) { recording.controls += 1 }
    func clientReadComplete() { recording.reads += 1 }

    func clientClosed(_ error: RTSPClientError) {
        recording.error = error
        recording.closings += 1
        recording.elapsed = .now() - start
        client = nil
        whenClosed(recording)
    }
}

extension Recording {
    struct TookTooLong: Error {}

    /// Plays a URL over real sockets; fails after 20 s whatever happens.
    static func play(
        _ url: String, credentials: StreamCredentials? = nil, packets: Int = 10,
        configure: @Sendable (inout RTSPClientConfiguration) -> Void = { _ in }
    ) async throws -> Recording {
        var configuration = RTSPClientConfiguration(url: try StreamURL.parse(url).get().url, credentials: credentials)
        configure(&configuration)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await loop.flatSubmit { [configuration] in
            let promise = loop.makePromise(of: Recording.self)
            let limit = loop.assumeIsolated().scheduleTask(in: .seconds(20)) { promise.fail(TookTooLong()) }
            let delegate = RecordingDelegate(wanted: packets) { recording in
                limit.cancel()
                promise.succeed(recording)
            }
            delegate.client = RTSPClient.connect(
                configuration: configuration, dialer: SystemDialer(), on: loop, delegate: delegate, logger: Logger(label: "test"))
            return promise.futureResult
        }.get()
    }
}
