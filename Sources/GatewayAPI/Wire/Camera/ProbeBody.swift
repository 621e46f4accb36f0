import CameraRegistry
import Foundation
import GatewayCore

/// A probe as answers show it: figures, never a picture and never the signature.
struct ProbeBody: Encodable, Sendable {
    struct GOP: Encodable, Sendable {
        var seconds: Double?
        var atLeast: Double?
    }

    struct Picture: Encodable, Sendable {
        var mean: Double
        var variance: Double
        /// How much the picture changed within the probe, 0…255; up to 1 is a frozen one.
        @OrNull var motion: Int?
    }

    struct Video: Encodable, Sendable {
        var codec: String
        @OrNull var profile: String?
        var width: Int
        var height: Int
        @OrNull var frameRate: Double?
        @OrNull var bitRateKbps: Double?
    }

    var stream: String
    var at: Date
    var outcome: String
    var detail: String
    var durationMs: Double
    @OrNull var timeToFirstPacketMs: Double?
    @OrNull var timeToFirstKeyFrameMs: Double?
    @OrNull var video: Video?
    @OrNull var gop: GOP?
    @OrNull var picture: Picture?

    init(_ report: ProbeReport, of feed: FeedID) {
        stream = feed.stream.rawValue
        at = report.startedAt
        outcome = report.outcome.rawValue
        detail = report.detail
        durationMs = Self.milliseconds(report.duration)
        timeToFirstPacketMs = report.timeToFirstPacket.map(Self.milliseconds)
        timeToFirstKeyFrameMs = report.timeToFirstKeyFrame.map(Self.milliseconds)
        video = report.video.map {
            Video(
                codec: $0.codec, profile: $0.profile, width: $0.width, height: $0.height, frameRate: $0.frameRate,
                bitRateKbps: $0.bitRateKbps)
        }
        gop = report.gop.map { length in
            switch length {
            case .seconds(let seconds): GOP(seconds: seconds)
            case .atLeast(let seconds): GOP(atLeast: seconds)
            }
        }
        picture = report.picture.map { Picture(mean: $0.mean, variance: $0.variance, motion: $0.motion) }
    }

    init(_ record: ProbeRecord) { self.init(record.report, of: record.feed) }

    private static func milliseconds(_ duration: Duration) -> Double {
        (duration / .milliseconds(1) * 10).rounded() / 10
    }
}
