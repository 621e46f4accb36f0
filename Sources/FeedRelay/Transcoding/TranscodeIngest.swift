import DecoderProcess
import GatewayCore
import NIOCore
import RTSP

/// A feed's video as H.264 for browsers that play nothing else: reads the origin along, gives its units to a demuxer
/// process, and brings in what that encodes.
///
/// Holds the feed until it ends or is closed. Confined to the loop of both feeds.
final class TranscodeIngest: FeedIngest, DemuxerOwner {
    /// Units that wait for the process or its socket; beyond, it skips to the next key unit.
    private static let queueLimit = 8 << 20
    static let maxHeight = 720

    private var feed: Feed?
    private let origin: Feed
    private var demuxer: DemuxerProcess?
    private var tap: ProbeTap?
    private var reader: TranscodeReader?
    /// What came before the process was told the session.
    private var early: [AccessUnit] = []
    private var earlyBytes = 0
    private var isWaitingForKey = false
    private var isDescribed = false

    init(feed: Feed, origin: Feed, configuration: DemuxerProcess.Configuration) {
        self.feed = feed
        self.origin = origin
        let reader = TranscodeReader(self, on: feed.loop)
        self.reader = reader
        origin.isTranscoded = true
        // A camera that waits for its next attempt is not hurried: it is told here when it flows.
        origin.tap(into: reader, isUrgent: false).assumeIsolated().whenComplete { [weak self] result in
            switch result {
            case .success(let tap):
                guard let self, self.feed != nil else { return tap.end() }
                begin(tap, configuration)
            case .failure(let error):
                self?.inputFailed(error as? FeedFailure)
            }
        }
    }

    private func begin(_ tap: ProbeTap, _ configuration: DemuxerProcess.Configuration) {
        guard let feed else { return }
        self.tap = tap
        demuxer = DemuxerProcess(
            configuration, job: .transcode(sdp: tap.sdp, maxHeight: Self.maxHeight),
            dial: { _, _, loop, _ in loop.makeFailedFuture(DemuxerEnd(.unsupported, "a transcode has no network")) },
            on: feed.loop, owner: self, logger: feed.logger)
        let waiting = early
        early = []
        earlyBytes = 0
        for unit in waiting { append(unit) }
    }

    fileprivate func append(_ unit: AccessUnit) {
        guard feed != nil else { return }
        guard let demuxer else {
            earlyBytes += unit.byteCount
            if earlyBytes <= Self.queueLimit { early.append(unit) }
            return
        }
        if isWaitingForKey, !unit.isKey { return }
        isWaitingForKey = !demuxer.send(unit.frames, limit: Self.queueLimit)
    }

    func close() {
        feed = nil
        letGo()
    }

    private func letGo() {
        reader?.ingest = nil
        reader = nil
        tap?.end()
        tap = nil
        demuxer?.close()
        demuxer = nil
        early = []
        // After the tap, of which it must not look as if it were a probe's.
        origin.isTranscoded = false
    }

    /// The origin's connection failed, or the tap ended.
    fileprivate func inputEnded() {
        if case .backingOff(_, let failure) = origin.publishedState { inputFailed(failure) } else { inputFailed(nil) }
    }

    private func inputFailed(_ failure: FeedFailure?) {
        guard let failure else { return ended(FeedFailure(outcome: .unreachable, message: "the camera's own stream ended")) }
        // A password that the camera refuses is no reason to wait for as long here.
        let outcome = failure.outcome == .unauthorized ? .unreachable : failure.outcome
        ended(FeedFailure(outcome: outcome, message: failure.message))
    }

    private func ended(_ failure: FeedFailure) {
        let owner = feed
        feed = nil
        letGo()
        owner?.failed(failure)
    }

    func demuxerDescribed(_ video: DemuxedVideo) {
        guard !isDescribed else { return }
        isDescribed = true
        feed?.described(
            VideoTrack(
                codec: video.codec, payloadType: AccessUnitAssembler.payloadType, control: nil,
                parameterSets: video.parameterSets))
    }

    func demuxerReceived(packet: RawSpan) {
        guard isDescribed else { return }
        feed?.received(packet)
    }

    func demuxerEnded(_ end: DemuxerEnd) {
        demuxer = nil
        ended(FeedFailure(outcome: end.outcome, message: end.message))
    }
}

/// The origin's side of a transcode.
// SAFETY: `ingest` is touched on `loop` only, which is the loop of both feeds.
final class TranscodeReader: FeedReader, @unchecked Sendable {
    weak var ingest: TranscodeIngest?
    private let loop: any EventLoop

    init(_ ingest: TranscodeIngest, on loop: any EventLoop) {
        self.ingest = ingest
        self.loop = loop
    }

    func append(_ unit: AccessUnit) { ingest?.append(unit) }
    func append(_ frames: ByteBuffer, arrival: UInt64) {}

    func end() {
        // Not within the origin's own clearing up.
        loop.execute { self.ingest?.inputEnded() }
    }
}
