import Foundation
import GatewayCore

/// 录像段: footage of one camera point recorded without a break of parameters, one file.
///
/// Its file is `DATA/footage/YYYY-MM-DD/ID.mp4`: an init segment and fragments, never rewritten. What may be played is its
/// first ``playableBytes``.
package struct Run: Sendable, Hashable {
    package let id: RunID
    package let incident: IncidentID
    package let link: LinkID
    package let feed: FeedID
    /// Below the footage folder: `2026-11-23/ID.mp4`.
    package let path: String
    /// `video/mp4; codecs="…"`.
    package let mimeType: String
    /// Wall time and media time of the first fragment: the anchor that turns one into the other.
    package let startedAt: Date
    package let mediaStart: MediaTime
    /// `nil` while it is being written.
    package var endedAt: Date?
    /// Up to the end of the last whole fragment written.
    package var playableBytes: Int64
    package var endReason: RunEnd?

    package init(
        id: RunID, incident: IncidentID, link: LinkID, feed: FeedID, path: String, mimeType: String, startedAt: Date,
        mediaStart: MediaTime, endedAt: Date? = nil, playableBytes: Int64 = 0, endReason: RunEnd? = nil
    ) {
        self.id = id
        self.incident = incident
        self.link = link
        self.feed = feed
        self.path = path
        self.mimeType = mimeType
        self.startedAt = startedAt
        self.mediaStart = mediaStart
        self.endedAt = endedAt
        self.playableBytes = playableBytes
        self.endReason = endReason
    }
}

/// Why a run ended.
package enum RunEnd: String, Sendable, Codable, CaseIterable {
    /// Its link ended, or recording was switched off.
    case linkEnded
    /// The camera came back with other parameters: the next run has its own init segment.
    case parametersChanged
    /// The feed closed.
    case feedEnded
    /// The disk was slower than the camera and the queue reached its bound.
    case overflow
    /// Less space is free than the reserve.
    case diskReserve
    case writeFailed
    /// The daemon was stopped.
    case shutdown
    /// The daemon died; the run was closed at the next start at its last whole fragment.
    case interrupted
}

/// A time without footage of a linked point, half-open `[from, to)`.
package struct Gap: Sendable, Hashable {
    package let id: GapID
    package let incident: IncidentID
    package let link: LinkID
    package let cameraPoint: CameraPointID
    package let from: Date
    /// `nil` while it lasts.
    package var to: Date?
    package let reason: GapReason

    package init(
        id: GapID, incident: IncidentID, link: LinkID, cameraPoint: CameraPointID, from: Date, to: Date? = nil, reason: GapReason
    ) {
        self.id = id
        self.incident = incident
        self.link = link
        self.cameraPoint = cameraPoint
        self.from = from
        self.to = to
        self.reason = reason
    }
}

package enum GapSubject {}
package typealias GapID = Identifier<GapSubject>

package enum GapReason: String, Sendable, Codable, CaseIterable {
    /// Nothing came from the camera.
    case noSignal
    case overflow
    case diskReserve
    case writeFailed
    /// The daemon did not run.
    case daemonStopped

    package var chineseName: String {
        switch self {
        case .noSignal: "摄像机无信号"
        case .overflow: "磁盘写入过慢"
        case .diskReserve: "磁盘剩余空间不足"
        case .writeFailed: "磁盘写入失败"
        case .daemonStopped: "网关停止运行"
        }
    }
}

/// Where a GOP begins in its run's file.
package struct GOPMark: Sendable, Hashable {
    package let run: RunID
    /// Offset of the key frame's `moof`.
    package let offset: Int64
    package let mediaTime: MediaTime
    package let wallTime: Date

    package init(run: RunID, offset: Int64, mediaTime: MediaTime, wallTime: Date) {
        self.run = run
        self.offset = offset
        self.mediaTime = mediaTime
        self.wallTime = wallTime
    }
}
