import DecoderProcess
import GatewayCore
import NIOConcurrencyHelpers
import NIOCore
import RTSP

/// How many transcodes may run at once, in the whole relay.
///
/// ## Concurrency model
/// A lock that only the begin and the end of a transcode take.
package final class TranscodeSlots: Sendable {
    package let limit: Int
    private let taken = NIOLockedValueBox<Set<FeedID>>([])

    package init(limit: Int) { self.limit = max(0, limit) }

    var isFull: Bool { taken.withLockedValue { $0.count >= limit } }
    func holds(_ feed: FeedID) -> Bool { taken.withLockedValue { $0.contains(feed) } }

    /// `false` if as many run as may.
    func take(_ feed: FeedID) -> Bool {
        taken.withLockedValue { $0.count < limit && $0.insert(feed).inserted }
    }

    func giveBack(_ feed: FeedID) { taken.withLockedValue { _ = $0.remove(feed) } }
}

/// A feed's video as H.264 for browsers that play nothing else: reads the origin along, gives its units to a demuxer
/// process, and brings in what that encodes.
///
/// Holds the feed until it ends or is closed. Confined to the loop of both feeds.
final class TranscodeIngest: FeedIngest, DemuxerOwner {
    /// Units that wait for the process or its socket; beyond, it skips to the next key unit.
    private static let queueLimit = 8 << 20
    static let maxHeight = 720

    private var feed: Feed?
    private let slots: TranscodeSlots
    private var slot: FeedID?
    private var demuxer: DemuxerProcess?
    private var tap: ProbeTap?
    private var reader: TranscodeReader?
    /// What came before the process was told the session.
    private var early: [AccessUnit] = []
    private var earlyBytes = 0
    private var isWaitingForKey = false
    private var isDescribed = false

    /// - Parameter slots: one of which was taken for this.
    init(feed: Feed, origin: Feed, configuration: DemuxerProcess.Configuration, slots: TranscodeSlots) {
        self.feed = feed
        self.slots = slots
        slot = feed.id
        let reader = TranscodeReader(self, on: feed.loop)
        self.reader = reader
        origin.tap(into: reader).assumeIsolated().whenComplete { [weak self] result in
            switch result {
            case .success(let tap):
                guard let self, self.feed != nil else { return tap.end() }
                begin(tap, configuration)
            case .failure(let error):
                let failure = error as? FeedFailure
                self?.ended(failure ?? FeedFailure(outcome: .unreachable, message: "the camera's own stream is not there"))
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
        if let slot { slots.giveBack(slot) }
        slot = nil
    }

    /// The origin's connection failed, or the tap ended.
    fileprivate func inputEnded() {
        ended(FeedFailure(outcome: .unreachable, message: "the camera's own stream ended"))
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

extension Feed {
    /// Whether its transcode runs, or did a moment ago; from any thread.
    var isTranscoding: Bool { environment.transcodes.holds(id) }
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
