import NIOCore
import RTSP
import SimulatorManifest

/// One client's session with one simulated camera, with the camera's misbehaviour.
///
/// ## Concurrency model
/// Confined to the simulator's event loop.
final class SimulatedPresentation: Presentation {
    let sessionDescription: String
    private let player: ClipPlayer
    private let fault: CameraFault?
    private let guardian: CameraGuard?
    private let onEnd: () -> Void
    private var sink: (any InterleavedSink)?
    private var sentPictures = 0
    private var isSkipping = false
    private var isEnded = false

    init(description: String, player: ClipPlayer, fault: CameraFault?, guardian: CameraGuard?, onEnd: @escaping () -> Void) {
        self.sessionDescription = description
        self.player = player
        self.fault = fault
        self.guardian = guardian
        self.onEnd = onEnd
    }

    func challenge(_ request: RTSPRequest) -> RTSPResponse? {
        guard let headers = guardian?.challenge(method: request.method, uri: request.uri, headers: request.headers) else {
            return nil
        }
        return RTSPResponse(status: 401, headers: headers)
    }

    func play(into sink: any InterleavedSink) {
        self.sink = sink
        if fault != .silent { player.add(self) }
    }

    func pause() { player.remove(self) }

    func teardown() {
        guard !isEnded else { return }
        isEnded = true
        sink = nil
        player.remove(self)
        onEnd()
    }

    func send(picture: ByteBuffer, report: ByteBuffer?, isKey: Bool, backlogLimit: Int) {
        guard let sink else { return }
        if isKey { isSkipping = false }
        if sink.pendingBytes > backlogLimit { isSkipping = true }
        guard !isSkipping else { return }
        defer { sentPictures += 1 }
        switch fault {
        case .die(let count) where sentPictures >= count:
            // In the middle of a packet, too.
            sink.write(picture.getSlice(at: picture.readerIndex, length: picture.readableBytes / 2) ?? picture)
            sink.flush()
            sink.close()
            return
        case .garbage(let count) where sentPictures >= count:
            sink.write(ByteBuffer(bytes: (0..<picture.readableBytes).map { _ in UInt8.random(in: .min ... .max) }))
        default:
            if let report { sink.write(report) }
            sink.write(picture)
        }
        sink.flush()
    }
}
