import GatewayCore
import NIOCore
import RTSP

/// What brings a feed's packets from one connection to the next.
///
/// It tells its feed, on the feed's loop and in this order: ``Feed/described(_:)`` once before the first packet,
/// ``Feed/received(_:)`` for each RTP packet and, where there is RTCP, ``Feed/received(control:)`` for that of the same track,
/// ``Feed/failed(_:isHopeless:)`` once when it ended by itself. Whoever reads
/// on another thread hops first. The feed holds it strongly until it failed or was closed.
///
/// Confined to the feed's loop.
protocol FeedIngest: AnyObject {
    /// The feed lets go: whatever it still says is not heard, and it ends in its own time. Calls nothing of the feed.
    func close()
    /// Bytes thrown away in search of lost framing, and how often it was lost.
    var lostFraming: (bytes: Int, times: Int) { get }
}

extension FeedIngest {
    var lostFraming: (bytes: Int, times: Int) { (0, 0) }
}

extension Feed {
    /// How a source is brought in.
    func makeIngest(_ source: CameraSource) -> any FeedIngest {
        if let origin {
            // Whoever came too late for the slot that was taken for it: the next one may be free soon.
            guard let demuxer = environment.demuxer, environment.transcodes.claim(id) else {
                return RefusedIngest(
                    feed: self, FeedFailure(outcome: .unsupported, message: "as many transcodes run as may run at once"),
                    isHopeless: false)
            }
            return TranscodeIngest(feed: self, origin: origin, configuration: demuxer)
        }
        if source.url.scheme == .push { return PublishedIngest(feed: self) }
        guard source.url.scheme.isRTSP else {
            guard let demuxer = environment.demuxer else {
                let scheme = source.url.scheme.rawValue
                return RefusedIngest(
                    feed: self, FeedFailure(outcome: .unsupported, message: "\(scheme):// needs lookout-demuxer, which is missing"))
            }
            return DemuxedIngest(feed: self, source: source, configuration: demuxer)
        }
        let options = environment.options
        let transport = transports.next(source)
        var configuration = RTSPClientConfiguration(
            url: source.url, credentials: source.credentials, transport: transport.choice, lastTransport: transport.last,
            pin: source.pin)
        configuration.connectTimeout = options.connectTimeout
        configuration.responseTimeout = options.responseTimeout
        configuration.firstPacketTimeout = options.silenceTimeout
        configuration.silenceTimeout = options.silenceTimeout
        configuration.wantsAudio = source.carriesAudio && !audio.isQuiet(now: .now())
        audio.isAwaited = configuration.wantsAudio
        return IngestSession(feed: self, configuration: configuration)
    }
}
