import GatewayCore
import NIOCore
import RTSP

/// One connection of a feed to its RTSP camera. When the feed lets go of it, whatever it still says is not heard.
///
/// Holds the feed until then, which holds it: one of both ends always comes.
///
/// Confined to the feed's loop.
final class IngestSession: FeedIngest, RTSPClientDelegate {
    private var feed: Feed?
    private var client: RTSPClient?
    private var finalLostFraming = (bytes: 0, times: 0)

    init(feed: Feed, configuration: RTSPClientConfiguration) {
        self.feed = feed
        self.client = RTSPClient.connect(
            configuration: configuration, dialer: feed.environment.dialer, on: feed.loop, delegate: self, logger: feed.logger)
    }

    var lostFraming: (bytes: Int, times: Int) { client?.lostFraming ?? finalLostFraming }

    func close() {
        feed = nil
        client?.close()
    }

    func clientDescribed(_ presentation: RTSPClientPresentation) {
        feed?.transports.trying = presentation.packetTransport
        feed?.described(presentation.track)
    }

    func clientPlaying() {}
    func clientReceived(packet: RawSpan) { feed?.received(packet) }
    func clientReceived(control: RawSpan) { feed?.received(control: control) }
    func clientHas(audio: RTSPClientAudio) { feed?.has(audio: audio) }
    func clientReceived(audio packet: RawSpan) { feed?.received(audio: packet) }
    func clientReceived(audioControl: RawSpan) { feed?.received(audioControl: audioControl) }
    func clientReadComplete() {}

    func clientClosed(_ error: RTSPClientError) {
        finalLostFraming = lostFraming
        client = nil
        var retryAfter: Duration?
        if case .retry(let after) = error.advice { retryAfter = after }
        let owner = feed
        feed = nil
        owner?.transports.ended(error)
        owner?.failed(
            FeedFailure(outcome: error.outcome, message: error.message, retryAfter: retryAfter),
            isHopeless: error.advice == .giveUp)
    }
}
