import GatewayCore
import RTSP

/// What a feed learned of the way its camera's packets come. Pure.
///
/// With an automatic choice the transport that worked last is tried first. A camera that sent nothing, over whatever was
/// tried, is asked over TCP alone the next time: it may just be slow to begin, and then has the whole time for it.
struct TransportMemory: Equatable {
    private var url: StreamURL?
    private(set) var worked: PacketTransport?
    /// What the camera agreed to; it sends pictures over it, or not.
    var trying: PacketTransport?
    private var isPatient = false

    /// How the next connection asks. Another address is another camera.
    mutating func next(_ source: CameraSource) -> (choice: TransportChoice, last: PacketTransport?) {
        if url != source.url { self = TransportMemory(url: source.url) }
        guard source.transport == .automatic else { return (source.transport, nil) }
        return isPatient ? (.tcp, nil) : (.automatic, worked)
    }

    mutating func pictureCame() {
        guard let trying else { return }
        worked = trying
        isPatient = false
    }

    /// The connection ended.
    mutating func ended(_ error: RTSPClientError) {
        trying = nil
        isPatient = error.phase == .firstPacket && error.outcome == .timeout && !isPatient && worked == nil
    }

    init() {}

    private init(url: StreamURL) { self.url = url }
}
