import Foundation
import GatewayCore
import NIOCore
import RTSP

/// A feed's sound, where its point carries any. Confined to the feed's loop.
struct FeedAudio {
    /// For so long a camera that gave no video with sound is asked for video alone.
    static let quietTime: TimeAmount = .minutes(10)
    /// Sound that waits longer for a unit of video leaves alone.
    static let longestWait: TimeAmount = .milliseconds(100)

    var line: AudioLine?
    /// Whether G.711 is made into AAC for movies.
    var canEncode = false
    /// Of the present connection; `nil` while it was not asked for.
    var outcome: RTSPClientAudio?
    /// Asked for, and not answered yet.
    var isAwaited = false
    private var quietUntil: NIODeadline?
    private var eras = 0
    /// Newest reports of the camera in this session, one a track.
    private var videoReport: SenderReport?
    private var audioReport: SenderReport?

    /// What is told of the sound of the present connection.
    mutating func began(_ outcome: RTSPClientAudio, now: NIODeadline) {
        self.outcome = outcome
        isAwaited = false
        (videoReport, audioReport) = (nil, nil)
        if outcome == .obstructive { quietUntil = now + Self.quietTime }
        guard case .set(let track, _, _) = outcome else {
            line?.sessionBegan()
            return
        }
        // A track that sounds the same goes on, whatever number it has today.
        if line?.track != track {
            if line.map({ !$0.track.isSameSound(as: track) }) ?? true { eras += 1 }
            line = AudioLine(
                track: track, era: eras, ssrc: .random(in: 1 ... .max), firstSequence: .random(in: 0 ... .max),
                timestampOffset: .random(in: 0 ... .max))
        }
        line?.sessionBegan()
    }

    func isQuiet(now: NIODeadline) -> Bool { quietUntil.map { now < $0 } ?? false }

    /// The connection ended: what waits of its sound is of no use.
    mutating func ended() {
        outcome = nil
        isAwaited = false
        line?.sessionBegan()
    }

    mutating func note(videoReport report: SenderReport, timeline: MediaTimeline?) {
        videoReport = report
        align(timeline)
    }

    mutating func note(audioReport report: SenderReport, timeline: MediaTimeline?) {
        audioReport = report
        align(timeline)
    }

    /// Both tracks of a camera are on one clock where both report it: then the sound is put where it belongs.
    private mutating func align(_ timeline: MediaTimeline?) {
        guard let video = videoReport, let audio = audioReport, video.ntp != 0, audio.ntp != 0,
            let position = timeline?.position(of: video.rtpTimestamp)
        else { return }
        let seconds = audio.secondsSince1970 - video.secondsSince1970
        guard abs(seconds) < 60 else { return }
        let ticks = Int64(seconds * Double(MediaTime.ticksPerSecond))
        line?.align(timestamp: audio.rtpTimestamp, with: MediaTime(ticks: position.ticks &+ ticks))
    }

    /// What viewers are told of it: the track that packets came of last, also while the camera is away.
    var described: FeedDescription.Sound? {
        line.map { FeedDescription.Sound(track: $0.track, era: $0.era, isEncoded: canEncode && $0.track.law != nil) }
    }

    /// One word or sentence for the feed's figures; `nil` where sound was not asked for.
    var report: String? {
        switch outcome {
        case nil: nil
        case .set(let track, _, _): track.name
        case .some(.none): "none: the camera offers no sound that is carried"
        case .refused(let status?): "none: the camera refused it with status \(status)"
        case .refused(nil): "none: the camera's answer cannot be used"
        case .obstructive: "none: with sound the camera gave no video"
        }
    }
}

extension Feed {
    func has(audio outcome: RTSPClientAudio) {
        audio.began(outcome, now: .now())
        if case .set = outcome {} else { logger.info("Feed goes on without sound", metadata: ["error": "\(audio.report ?? "")"]) }
        describeAudio()
        refreshDescription()
    }

    /// The packet path of the sound begins here. Nothing is passed on before the first picture.
    func received(audio packet: RawSpan) {
        let now = NIODeadline.now()
        guard audio.line != nil, !isAwaitingKey, let moment = assembler?.timeline.moment(of: now) else { return }
        audio.line?.append(packet, arrival: now, moment: moment)
        // Video is late: what waits leaves alone, and belongs to the unit before.
        guard let since = audio.line?.pendingSince, now - since > FeedAudio.longestWait,
            let batch = audio.line?.take()
        else { return }
        cache.attach(batch)
        stage?.append(batch)
        encoding?.append(batch)
        for group in groups {
            if group.eventLoop === loop { group.deliver(batch) } else { group.eventLoop.execute { group.deliver(batch) } }
        }
    }

    func received(audioControl: RawSpan) {
        guard audio.line != nil, let report = SenderReport(audioControl) else { return }
        audio.note(audioReport: report, timeline: assembler?.timeline)
    }

    /// RTCP of the video, for the sound that goes with it.
    func noteForAudio(control: RawSpan) {
        guard let report = SenderReport(control) else { return }
        audio.note(videoReport: report, timeline: assembler?.timeline)
    }

    /// The unit together with the sound that came since the one before.
    func withAudio(_ unit: AccessUnit) -> AccessUnit {
        guard let batch = audio.line?.take() else { return unit }
        encoding?.append(batch)
        return unit.with(batch)
    }
}
