import GatewayCore
import NIOCore

/// Feeds that are made of feeds: see <doc:TranscodingOnDemand>.
extension FeedRelay {
    /// The feed's video as H.264, at most 720 lines high: one for all who need it, begun by the first viewer and ended a
    /// moment after the last. Whoever asks is expected to join at once.
    ///
    /// Fails with `transcodesOff` where the gateway makes none, `transcodesFull` where all slots belong to other feeds.
    func transcode(of id: FeedID) -> Result<Feed, GatewayError> {
        let slots = environment.transcodes
        guard environment.demuxer != nil, slots.limit > 0 else { return .failure(Self.transcodesOff) }
        guard let origin = feed(id) else {
            return .failure(GatewayError(.unavailable, "unavailable", "服务正在停止。"))
        }
        guard slots.claim(id) else {
            return .failure(
                GatewayError(
                    .unavailable, "transcodesFull", "转码路数已满(最多同时 \(slots.limit) 路)。",
                    remedy: "有人停止观看后会自动补上;也可改用能播放该编码的浏览器,或请管理员调高 media.transcodes。"))
        }
        return table.withLockedValue { table in
            if let feed = table.transcodes[id] { return .success(feed) }
            guard !table.isShutDown, let mediaLoop = loops.first(where: { $0.eventLoop === origin.loop }) else {
                return .failure(GatewayError(.unavailable, "unavailable", "服务正在停止。"))
            }
            var environment = environment
            environment.options.idleTime = .seconds(2)
            environment.stateChanged = { _, _ in }
            let feed = Feed(id: id, number: table.nextNumber, loop: origin.loop, environment: environment, origin: origin)
            table.nextNumber &+= 1
            table.transcodes[id] = feed
            mediaLoop.eventLoop.execute {
                origin.derived = feed
                mediaLoop.add(feed)
            }
            return .success(feed)
        }
    }

    /// Opens a source; finds a transcode that was asked for.
    func feed(_ rendition: Rendition) -> Feed? { rendition.isTranscoded ? existing(rendition) : feed(rendition.feed) }

    func existing(_ rendition: Rendition) -> Feed? {
        table.withLockedValue { rendition.isTranscoded ? $0.transcodes[rendition.feed] : $0.feeds[rendition.feed] }
    }

    /// Whether the gateway makes any.
    package var offersTranscodes: Bool { environment.demuxer != nil && environment.transcodes.limit > 0 }
    package var transcodes: TranscodeFigures { environment.transcodes.figures }
    package var soundEncoders: TranscodeFigures { environment.sounds.figures }

    private static let transcodesOff = GatewayError(
        .unavailable, "transcodesOff", "本网关未启用转码。", remedy: "改用能播放该编码的浏览器或播放器,或请管理员设置 media.transcodes。")
}

extension Feed {
    /// The feed of which this is a transcode flows again, or is another: not later than it.
    func originCameBack() {
        guard isNeeded else { return }
        perform(supervisor.needed(isUrgent: true))
        publishState()
    }

    /// A transcode's slot is free once nobody needs it.
    func giveBackSlot(now: NIODeadline) {
        guard origin != nil, !isNeeded, supervisor.state == .idle else { return }
        environment.transcodes.giveBack(id, now: now)
    }

    /// Of what is made of this feed; `nil` if nothing ever was.
    var transcodeStatistics: TranscodeStatistics? {
        derived.map { feed in
            let parameters = feed.description?.parameters
            return TranscodeStatistics(
                state: feed.publishedState, viewers: feed.viewerCount, width: parameters?.width, height: parameters?.height,
                bitRateKbps: feed.meter.bitRateKbps, frameRate: feed.meter.frameRate, restarts: feed.supervisor.reconnects,
                frames: feed.meter.frames, sent: feed.sent)
        }
    }
}

/// A feed's transcode at one moment.
package struct TranscodeStatistics: Sendable {
    /// ``FeedState/closed`` while nobody needs it.
    package let state: FeedState
    package let viewers: Int
    package let width: Int?
    package let height: Int?
    package let bitRateKbps: Double
    package let frameRate: Double
    /// Times that its process, or the camera's feed, failed under it.
    package let restarts: Int
    /// Access units since the first time that it was made.
    package let frames: Int
    package let sent: ViewerTally
}
