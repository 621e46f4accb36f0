import DecoderProcess
import Foundation
import GatewayCore
import Logging
import NIOCore
import RTSP
import Synchronization

/// What all feeds of a relay share.
struct FeedEnvironment: Sendable {
    let directory: any SourceDirectory
    let dialer: any Dialer
    /// Brings in what is not RTSP; `nil` where there is none.
    let demuxer: DemuxerProcess.Configuration?
    let transcodes: TranscodeSlots
    /// Encoders of sound.
    let sounds: TranscodeSlots
    var options: FeedOptions
    let logger: Logger
    var stateChanged: @Sendable (FeedID, FeedState) -> Void
    let mediaLoop: @Sendable (any EventLoop) -> MediaLoop?
}

/// One stream of one camera point that the gateway pulls, and everything that hangs on it.
///
/// Runs: demand (lease, viewer, tap, recorder) → supervisor → RTSP client → assembler → GOP cache → viewers, grouped by
/// loop; and, while a browser or recorder wants them, fragments.
///
/// ## Concurrency model
/// Confined to `loop`; viewers on other loops are reached through their ``ViewerGroup`` by one `execute` a unit.
// SAFETY: mutable state is touched on `loop` only; other threads hold the reference and call `execute`.
final class Feed: @unchecked Sendable {
    struct Known {
        var description: FeedDescription?
        var groups: [ViewerGroup] = []
    }

    let id: FeedID
    /// Number of the feed in messages to consoles.
    let number: UInt32
    let loop: any EventLoop
    let environment: FeedEnvironment
    /// The feed of which this is a transcode, on the same loop.
    let origin: Feed?
    /// Its transcode, on the same loop.
    weak var derived: Feed?
    /// Its transcode runs: a need as that of a viewer.
    var isTranscoded = false {
        didSet { if isTranscoded != oldValue { demandChanged() } }
    }
    let logger: Logger

    var supervisor: IngestSupervisor
    var ingest: (any FeedIngest)?
    /// Of a feed that is pushed.
    var publisher: Publisher?
    var transports = TransportMemory()
    var assembler: AccessUnitAssembler?
    var cache: GOPCache
    private var completed: [AccessUnit] = []
    /// After a connection begins nothing is passed on until a key picture.
    private(set) var isAwaitingKey = true
    private var describedGeneration = -1
    private(set) var description: FeedDescription? {
        didSet { known.withLock { $0.description = description } }
    }
    /// What any loop may read: DESCRIBE of a feed that ran before asks nobody.
    let known = Mutex(Known())
    private(set) var publishedState = FeedState.closed
    private var lastUnitArrival: NIODeadline?
    /// When the camera described itself, and the last whole picture of whatever kind.
    private var describedAt: NIODeadline?
    private var lastPicture: NIODeadline?
    let ssrc = UInt32.random(in: 1...UInt32.max)
    private let timestampOffset = UInt32.random(in: 0...UInt32.max)
    private let sequenceStart = UInt16.random(in: 0...UInt16.max)
    var reporter = FeedReporter()
    var meter = RateMeter()
    var audio = FeedAudio()
    /// Of sound that movies cannot carry as it comes, while they are made.
    var encoding: SoundEncoding?

    // Demand
    var leases: Set<String> = []
    var viewerCount = 0
    var taps: [TapOutlet] = []
    /// Whether the present connection was ever needed by anything but a probe.
    private var servesMoreThanProbes = false
    var sinks: [ObjectIdentifier: any FragmentSink] = [:]
    var describeWaiters: [Waiter<FeedDescription>] = []
    var keyFrameWaiters: [Waiter<KeyFrame>] = []

    // Delivery
    var groups: [ViewerGroup] = [] {
        didSet { known.withLock { $0.groups = groups } }
    }
    var stage: FragmentStage?
    var fragmentViewerCount = 0
    /// Written to viewers, and how late the last second's worst was.
    var sent = ViewerTally()
    var worstLateness: (seconds: Double, at: NIODeadline)?
    /// Of connections and assemblers that are no more.
    var earlierLosses = FeedLosses()
    var hls: HLSStream?
    var isShutDown = false

    init(id: FeedID, number: UInt32, loop: any EventLoop, environment: FeedEnvironment, origin: Feed? = nil) {
        self.id = id
        self.number = number
        self.loop = loop
        self.environment = environment
        self.origin = origin
        var logger = environment.logger
        logger[metadataKey: "feed.id"] = "\(id)"
        self.logger = logger
        self.supervisor = IngestSupervisor(idleTime: TimeAmount(environment.options.idleTime))
        self.cache = GOPCache(byteLimit: environment.options.gopCacheBytes)
        audio.canEncode = origin == nil && environment.demuxer != nil && environment.sounds.limit > 0
    }

    // MARK: Demand

    var isNeeded: Bool { isNeededBeyondProbes || !taps.isEmpty || !describeWaiters.isEmpty }

    private var isNeededBeyondProbes: Bool {
        !leases.isEmpty || viewerCount > 0 || isTranscoded || !sinks.isEmpty || !keyFrameWaiters.isEmpty
    }

    func demandChanged(isUrgent: Bool = false) {
        loop.assertInEventLoop()
        guard !isShutDown else { return }
        if isNeededBeyondProbes { servesMoreThanProbes = true }
        if isNeeded {
            perform(supervisor.needed(isUrgent: isUrgent))
        } else {
            perform(supervisor.unneeded(now: .now(), isAtOnce: !servesMoreThanProbes))
            servesMoreThanProbes = false
        }
        publishState()
    }

    func hold(_ key: String) {
        guard leases.insert(key).inserted else { return }
        demandChanged(isUrgent: true)
    }

    func release(_ key: String) {
        guard leases.remove(key) != nil else { return }
        demandChanged()
    }

    func perform(_ action: IngestSupervisor.Action) {
        switch action {
        case .none: break
        case .connect: connect()
        case .disconnect:
            closeIngest()
            ingestEnded(.detached)
            cache.clear()
        case .retry(let time):
            let loopBound = NIOLoopBound(self, eventLoop: loop)
            loop.scheduleTask(deadline: time) {
                let feed = loopBound.value
                guard !feed.isShutDown else { return }
                feed.perform(feed.supervisor.retryDue(now: .now()))
                feed.publishState()
            }
        }
    }

    private func connect() {
        guard let source = environment.directory.source(of: id) else {
            return failed(FeedFailure(outcome: .notFound, message: "no such stream is registered"))
        }
        ingest = makeIngest(source)
    }

    private func closeIngest() {
        ingest?.close()
        letGo()
    }

    private func letGo() {
        earlierLosses.add(ingest)
        ingest = nil
    }

    /// The connection failed or ended.
    func failed(_ failure: FeedFailure, isHopeless: Bool = false) {
        letGo()
        logger.info("Feed's connection ended", metadata: ["error": "\(failure)"])
        ingestEnded(.feedLost)
        describeWaiters.settle(.failure(failure))
        keyFrameWaiters.settle(.failure(failure))
        for tap in taps { tap.close() }
        taps.removeAll()
        var generator = SystemRandomNumberGenerator()
        if !isNeeded { _ = supervisor.unneeded(now: .now()) }
        perform(supervisor.closed(failure, isHopeless: isHopeless, now: .now(), using: &generator))
        publishState()
    }

    private func ingestEnded(_ reason: RunEndReason) {
        isAwaitingKey = true
        audio.ended()
        if stage != nil { endRun(reason) }
        endEncoding()
    }

    // MARK: Units

    private func deliver(_ unit: AccessUnit) {
        if isAwaitingKey {
            guard unit.isKey else { return }
            isAwaitingKey = false
            audio.isAwaited = false
            supervisor.flowing()
            transports.pictureCame()
            // Whoever asked between the camera's description and its first picture.
            if let description { describeWaiters.settle(.success(description)) }
            publishState()
        }
        let unit = audio.line == nil ? unit : withAudio(unit)
        lastUnitArrival = unit.arrival
        if publishedState != .live { publishState() }
        if unit.isKey { keyUnit() }
        meter.count(bytes: unit.byteCount, now: unit.arrival)
        cache.append(unit)
        let report = senderReport(before: unit)
        for group in groups {
            if group.eventLoop === loop {
                group.deliver(unit, report: report)
            } else {
                group.eventLoop.execute { group.deliver(unit, report: report) }
            }
        }
        for tap in taps { tap.push(unit) }
        if stage != nil { deliverFragment(of: unit) } else if wantsFragments { beginStage() }
        if unit.isKey, !keyFrameWaiters.isEmpty, let frame = keyFrame(of: unit) { keyFrameWaiters.settle(.success(frame)) }
    }

    /// Parameters in force may have changed with this key picture.
    private func keyUnit() {
        refreshDescription()
        guard let stage, let parameters = description?.parameters, stage.parameters != parameters else { return }
        endRun(.parametersChanged)
    }

    func refreshDescription() {
        guard let assembler, assembler.parameterSets.generation != describedGeneration else { return }
        // The first description tells of the sound, too: players ask once.
        guard description != nil || !audio.isAwaited else { return }
        let sets = assembler.parameterSets.sets
        guard !sets.isEmpty else { return }
        describedGeneration = assembler.parameterSets.generation
        let fresh = FeedDescription(codec: assembler.codec, parameterSets: sets, audio: audio.described)
        description = fresh
        describeWaiters.settle(.success(fresh))
    }

    /// The sound became known, or changed.
    func describeAudio() {
        guard let known = description, known.audio != audio.described else { return }
        description = FeedDescription(codec: known.codec, parameterSets: known.parameterSets, audio: audio.described)
    }

    func keyFrame(of unit: AccessUnit) -> KeyFrame? {
        guard let parameters = description?.parameters else { return nil }
        let sample = unit.sample(codec: parameters.codec)
        guard sample.readableBytes > 0 else { return nil }
        let age = Double((NIODeadline.now() - unit.arrival).nanoseconds) / 1e9
        return KeyFrame(parameters: parameters, sample: sample, wallTime: Date(timeIntervalSinceNow: -age))
    }

    // MARK: State

    func tick(now: NIODeadline) {
        perform(supervisor.tick(now: now))
        tickPublisher(now: now)
        if let failure = lackOfPictures(now: now) {
            ingest?.close()
            failed(failure)
        }
        describeWaiters.expire(now: now)
        keyFrameWaiters.expire(now: now)
        meter.tick(now: now)
        if stage != nil, !wantsFragments { endStage() }
        hls?.tick(now: now)
        publishState(now: now)
        if !isNeeded { demandMayHaveEnded() }
        giveBackSlot(now: now)
    }

    /// A camera that plays, and sends nothing that anybody could see.
    private func lackOfPictures(now: NIODeadline) -> FeedFailure? {
        guard ingest != nil, let describedAt, supervisor.state == .connecting || supervisor.state == .live else { return nil }
        let options = environment.options
        if now - (lastPicture ?? describedAt) > TimeAmount(options.pictureTimeout) {
            let isTooLarge = lastPicture == nil && assembler.map { $0.oversizedUnits > 0 || $0.isSkippingOversized } ?? false
            return isTooLarge
                ? FeedFailure(outcome: .unsupported, message: "the pictures are larger than 5 MiB")
                : FeedFailure(outcome: .undecodable, message: "packets come, but no whole picture in them")
        }
        guard isAwaitingKey, now - describedAt > TimeAmount(options.keyPictureTimeout) else { return nil }
        return FeedFailure(outcome: .undecodable, message: "pictures come, but none at which decoding can begin")
    }

    private func demandMayHaveEnded() {
        if supervisor.wasNeeded { _ = supervisor.unneeded(now: .now()) }
    }

    func publishState(now: NIODeadline = .now()) {
        let state = currentState(now: now)
        guard state != publishedState else { return }
        publishedState = state
        environment.stateChanged(id, state)
        if state == .live { derived?.originCameBack() }
        for group in groups { group.eventLoop.execute { group.deliver(state) } }
    }

    private func currentState(now: NIODeadline) -> FeedState {
        switch supervisor.state {
        case .idle: return .closed
        case .connecting: return .connecting
        case .backingOff(let until, let failure):
            if case .backingOff(_, failure) = publishedState { return publishedState }
            return .backingOff(until: Date(timeIntervalSinceNow: Double((until - now).nanoseconds) / 1e9), failure)
        case .live:
            guard let last = lastUnitArrival, now - last > TimeAmount(environment.options.staleTime) else { return .live }
            if case .stale = publishedState { return publishedState }
            return .stale(since: Date(timeIntervalSinceNow: -Double((now - last).nanoseconds) / 1e9))
        }
    }

    func shutdown() {
        isShutDown = true
        if let publisher { end(publisher, because: .shutdown) }
        closeIngest()
        if stage != nil { endRun(.shutdown) }
        endEncoding()
        hls?.close()
        let failure = FeedFailure(outcome: .unreachable, message: "the gateway is shutting down")
        describeWaiters.settle(.failure(failure))
        keyFrameWaiters.settle(.failure(failure))
        for tap in taps { tap.close() }
        taps.removeAll()
        sinks.removeAll()
    }
}

// MARK: - From the camera

extension Feed {
    func described(_ track: VideoTrack) {
        if let current = assembler, current.codec != track.codec {
            logger.warning("Camera changed its codec: viewers are closed", metadata: ["codec": "\(track.codec.rawValue)"])
            for group in groups { group.eventLoop.execute { group.evict(reason: .feedEnded) { _ in true } } }
            cache.clear()
            earlierLosses.add(assembler)
            assembler = nil
            description = nil
            describedGeneration = -1
            // It was told of another session.
            derived?.reconnect()
        }
        if assembler == nil {
            assembler = AccessUnitAssembler(
                codec: track.codec, ssrc: ssrc, firstSequence: sequenceStart, timestampOffset: timestampOffset)
        }
        assembler?.sessionBegan(parameterSets: track.parameterSets)
        reporter.sessionBegan()
        isAwaitingKey = true
        describedAt = .now()
        lastPicture = nil
        refreshDescription()
        // The camera came back as it was: whoever waits for this connection is told what is known.
        if let description { describeWaiters.settle(.success(description)) }
    }

    /// The packet path begins here.
    func received(_ packet: RawSpan) {
        assembler?.append(packet, arrival: .now(), completed: &completed)
        guard !completed.isEmpty else { return }
        lastPicture = completed.last?.arrival
        for unit in completed { deliver(unit) }
        completed.removeAll(keepingCapacity: true)
    }
}
