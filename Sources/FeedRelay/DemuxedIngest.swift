import DecoderProcess
import GatewayCore
import NIOCore
import RTSP

/// A feed that is not RTSP: a demuxer of its own pulls it and sends its video as RTP.
///
/// Holds the feed until it ends or is closed. Confined to the feed's loop.
final class DemuxedIngest: FeedIngest, DemuxerOwner {
    private var feed: Feed?
    private var demuxer: DemuxerProcess?
    private var described: DemuxedVideo?

    /// - Parameter job: of a source that is pulled.
    init(feed: Feed, source: CameraSource, configuration: DemuxerProcess.Configuration) {
        self.feed = feed
        let options = feed.environment.options
        var configuration = configuration
        configuration.connectTimeout = TimeAmount(options.connectTimeout)
        configuration.silenceTimeout = TimeAmount(options.silenceTimeout)
        let dialer = feed.environment.dialer
        demuxer = DemuxerProcess(
            configuration, job: .pull(address: source.url.address(with: source.credentials)),
            registered: (source.url.host, source.url.port),
            dial: { dialer.connect(host: $0, port: $1, on: $2, deadline: $3) }, on: feed.loop, owner: self, logger: feed.logger)
    }

    func close() {
        feed = nil
        demuxer?.close()
        demuxer = nil
    }

    func demuxerDescribed(_ video: DemuxedVideo) {
        // Parameter sets that change come in the stream, too.
        guard described?.codec != video.codec else { return }
        described = video
        feed?.described(
            VideoTrack(
                codec: video.codec, payloadType: AccessUnitAssembler.payloadType, control: nil,
                parameterSets: video.parameterSets))
    }

    func demuxerReceived(packet: RawSpan) {
        guard described != nil else { return }
        feed?.received(packet)
    }

    func demuxerEnded(_ end: DemuxerEnd) {
        demuxer = nil
        let owner = feed
        feed = nil
        // A wrong password, a wrong address and a stream of another kind stay what they are until somebody changes something.
        owner?.failed(
            FeedFailure(outcome: end.outcome, message: end.message),
            isHopeless: [.unauthorized, .redirected, .unsupported].contains(end.outcome))
    }
}

/// A feed that nothing brings in: it fails at once, on the loop's next turn.
final class RefusedIngest: FeedIngest {
    private var feed: Feed?

    /// - Parameter isHopeless: as of ``Feed/failed(_:isHopeless:)``.
    init(feed: Feed, _ failure: FeedFailure, isHopeless: Bool = true) {
        self.feed = feed
        let bound = NIOLoopBound(self, eventLoop: feed.loop)
        feed.loop.execute {
            let owner = bound.value.feed
            bound.value.feed = nil
            owner?.failed(failure, isHopeless: isHopeless)
        }
    }

    func close() { feed = nil }
}
