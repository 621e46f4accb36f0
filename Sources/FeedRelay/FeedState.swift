import Foundation
import GatewayCore

/// What a feed is doing. Published whenever it changes.
package enum FeedState: Sendable, Equatable {
    case connecting
    case live
    /// Live before, no access unit for two seconds or the camera's connection lost; viewers stay.
    case stale(since: Date)
    /// Waiting before the next attempt.
    case backingOff(until: Date, FeedFailure)
    /// Nobody needs it.
    case closed

    package var name: String {
        switch self {
        case .connecting: "connecting"
        case .live: "live"
        case .stale: "stale"
        case .backingOff: "backingOff"
        case .closed: "closed"
        }
    }
}

/// Why a feed could not be pulled. `message` holds no credential.
package struct FeedFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package let outcome: ProbeOutcome
    package let message: String
    /// How long a camera that is busy asked to be left alone.
    package let retryAfter: Duration?

    package init(outcome: ProbeOutcome, message: String, retryAfter: Duration? = nil) {
        self.outcome = outcome
        self.message = message
        self.retryAfter = retryAfter
    }

    package var description: String { "\(outcome.rawValue): \(message)" }
}

/// Bounds of the media plane.
package struct FeedOptions: Sendable {
    /// How long a feed without lease or viewer stays open.
    package var idleTime: Duration = .seconds(30)
    /// Most bytes of one feed's cached GOP; a longer GOP is not cached.
    package var gopCacheBytes = 12 << 20
    /// Most bytes queued for one viewer beyond the cached GOP it began with.
    package var viewerQueueBytes = 4 << 20
    /// A viewer whose queue does not move for this long is closed.
    package var viewerStallTime: Duration = .seconds(15)
    /// Without an access unit for this long a feed is stale.
    package var staleTime: Duration = .seconds(2)
    package var connectTimeout: Duration = .seconds(5)
    package var responseTimeout: Duration = .seconds(5)
    /// From PLAY to the first packet, and between packets.
    package var silenceTimeout: Duration = .seconds(8)
    /// Most kilobits a second that a publisher may send, over some seconds, where its point's stream declares no rate.
    package var publishingRateKbps = 32_000
    /// How long packets may come without a picture in them, at the beginning and later, before the connection is given up.
    package var pictureTimeout: Duration = .seconds(9)
    /// How long pictures may come before the first at which decoding can begin.
    package var keyPictureTimeout: Duration = .seconds(40)
    /// How long a viewer or probe waits for a cold feed's first key frame.
    package var describeTimeout: Duration = .seconds(10)

    package init() {}
}

/// One feed's figures at one moment.
package struct FeedStatistics: Sendable {
    package let feed: FeedID
    package let state: FeedState
    package let leases: Int
    package let viewers: Int
    package let codec: VideoCodec?
    package let width: Int?
    package let height: Int?
    /// Over the last seconds; zero when nothing came.
    package let bitRateKbps: Double
    package let frameRate: Double
    package let reconnects: Int
    package let cacheBytes: Int
    /// Distance of the last two key pictures.
    package let gopSeconds: Double?
    /// Of access units, framing included, since the feed was made.
    package let receivedBytes: Int64
    package let receivedFrames: Int
    package let losses: FeedLosses
    package let sent: ViewerTally
    /// The worst of its viewers in the last second; `nil` while nobody is written to.
    package let latenessMilliseconds: Double?
    /// Frames come in another order than they are shown: served over RTSP only.
    package let reordered: Bool
    /// By how many seconds the camera's clock is ahead of the gateway's; `nil` where the camera reports none that can be
    /// believed. For evidence.
    package let cameraClockOffset: Double?
    /// Times that the camera's clock was changed while it was connected.
    package let cameraClockChanges: Int
    /// `nil` if none was ever asked for.
    package let transcode: TranscodeStatistics?
    /// The sound that is carried, or why there is none; `nil` where the point carries none.
    package let audio: String?
}
