import GatewayCore
import NIOCore

struct HLSAnswer: Sendable {
    var status = 200
    var contentType = "text/plain"
    var body: [ByteBuffer] = []

    static func refused(_ status: Int) -> HLSAnswer { HLSAnswer(status: status) }
    var byteCount: Int { body.reduce(0) { $0 + $1.readableBytes } }
}

/// A feed as Low-Latency HLS, made while somebody asks for it and shared by all who do.
///
/// Answers that are asked for before they exist (a blocking reload, the hinted part) wait here: one a connection.
///
/// ## Concurrency model
/// Confined to the feed's loop, as any ``FragmentSink``.
// SAFETY: mutable state is touched on the feed's loop only.
final class HLSStream: FragmentSink, @unchecked Sendable {
    private let loop: any EventLoop
    private let gop: MediaTime?
    private let frameRate: Double
    private var window: SegmentWindow?
    private var waiters: [(request: HLSRequest, promise: EventLoopPromise<HLSAnswer>, deadline: NIODeadline)] = []
    /// The playlist as it is, whole and as a delta, until the next part.
    private var rendered: [Bool: ByteBuffer] = [:]
    /// Views that are open.
    var viewers = 0

    /// - Parameters:
    ///   - gop: distance of key pictures, if it is known.
    ///   - frameRate: zero if it is not known.
    init(loop: any EventLoop, gop: MediaTime?, frameRate: Double) {
        self.loop = loop
        self.gop = gop
        self.frameRate = frameRate
    }

    // MARK: From the feed

    func runBegan(_ start: FragmentStart) {
        let isFirst = window == nil
        var window = self.window ?? SegmentWindow(gop: gop, frameDistance: frameDistance(start.backlog))
        self.window = nil
        window.runBegan(start.initSegment)
        for fragment in start.backlog { window.append(fragment) }
        // The cached pictures are a segment at once: whoever comes first need not wait for the next key picture.
        if isFirst, let open = window.open, open.parts.count > 1 { window.closeSegment() }
        self.window = window
        published()
    }

    private func frameDistance(_ backlog: [MediaFragment]) -> MediaTime {
        if let first = backlog.first, let last = backlog.last, backlog.count > 4 {
            return MediaTime(ticks: (last.mediaTime - first.mediaTime).ticks / Int64(backlog.count - 1))
        }
        return MediaTime(ticks: frameRate > 0 ? Int64(Double(MediaTime.ticksPerSecond) / frameRate) : MediaTime.ticksPerSecond / 25)
    }

    func append(_ fragment: MediaFragment) {
        if window?.append(fragment) ?? false { published() }
    }

    func runEnded(_ reason: RunEndReason) {
        window?.closeSegment()
        published()
    }

    func tick(now: NIODeadline) {
        let overdue = waiters.filter { $0.deadline <= now }
        waiters.removeAll { $0.deadline <= now }
        for waiter in overdue { waiter.promise.succeed(.refused(503)) }
    }

    func close() {
        let open = waiters
        waiters = []
        for waiter in open { waiter.promise.succeed(.refused(503)) }
    }

    // MARK: To the viewers

    /// Comes at once, when what is asked for exists, or as 503 after three target durations.
    func answer(_ request: HLSRequest) -> EventLoopFuture<HLSAnswer> {
        if let answer = present(request) { return loop.makeSucceededFuture(answer) }
        let promise = loop.makePromise(of: HLSAnswer.self)
        waiters.append((request, promise, .now() + .seconds(Int64(3 * (window?.targetDuration ?? 4)))))
        return promise.futureResult
    }

    private func published() {
        rendered.removeAll(keepingCapacity: true)
        guard !waiters.isEmpty else { return }
        let waiting = waiters
        waiters = []
        for waiter in waiting {
            if let answer = present(waiter.request) { waiter.promise.succeed(answer) } else { waiters.append(waiter) }
        }
    }

    /// `nil` if it is still to come.
    private func present(_ request: HLSRequest) -> HLSAnswer? {
        guard let window else { return request.isPlaylist ? nil : .refused(404) }
        switch request {
        case .playlist(let directives): return playlist(directives, of: window)
        case .map(let number):
            return window.maps[number].map { HLSAnswer(contentType: "video/mp4", body: [$0]) } ?? .refused(404)
        case .segment(let sequence):
            guard let segment = window.segment(sequence) else { return .refused(404) }
            return HLSAnswer(contentType: "video/mp4", body: segment.parts.flatMap(\.fragments))
        case .part(let number):
            if let part = window.part(number) { return HLSAnswer(contentType: "video/mp4", body: part.fragments) }
            return number == window.nextPart ? nil : .refused(404)
        }
    }

    private func playlist(_ directives: HLSRequest.Directives, of window: SegmentWindow) -> HLSAnswer? {
        // Players that know nothing of parts refuse a playlist without a whole segment.
        guard !window.segments.isEmpty else { return nil }
        if let sequence = directives.sequence {
            switch window.availability(ofSegment: sequence, part: directives.part) {
            case .there: break
            case .expected: return nil
            case .tooFar: return .refused(400)
            }
        }
        let text = rendered[directives.skips] ?? ByteBuffer(string: window.playlist(skips: directives.skips))
        rendered[directives.skips] = text
        return HLSAnswer(contentType: SegmentWindow.contentType, body: [text])
    }
}

extension HLSRequest {
    var isPlaylist: Bool { if case .playlist = self { true } else { false } }
}

extension Feed {
    /// A view begins; the first one begins the stream.
    func joinHLS() {
        let stream = hls ?? HLSStream(loop: loop, gop: cache.gopLength, frameRate: meter.frameRate)
        stream.viewers += 1
        viewerCame()
        guard hls == nil else { return }
        hls = stream
        attach(stream)
    }

    func leaveHLS() {
        viewerLeft()
        guard let hls else { return }
        hls.viewers -= 1
        guard hls.viewers <= 0 else { return }
        self.hls = nil
        detach(hls)
        hls.close()
    }

    func answerHLS(_ request: HLSRequest) -> EventLoopFuture<HLSAnswer> {
        guard let hls else { return loop.makeSucceededFuture(.refused(404)) }
        let loopBound = NIOLoopBound(self, eventLoop: loop)
        return hls.answer(request).map { answer in
            loopBound.value.sent.bytes &+= Int64(answer.byteCount)
            return answer
        }
    }
}
