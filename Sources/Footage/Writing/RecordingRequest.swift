import Foundation
import GatewayCore

/// That a link's feed is to be recorded.
package struct RecordingRequest: Sendable, Hashable {
    package let link: LinkID
    package let incident: IncidentID
    package let feed: FeedID

    package init(link: LinkID, incident: IncidentID, feed: FeedID) {
        self.link = link
        self.incident = incident
        self.feed = feed
    }
}

/// What a link's recorder is doing.
package enum RecordingState: Sendable, Hashable {
    /// No footage yet, or the camera is silent.
    case waiting
    case recording(RunID)
    case stopped(GapReason)
}

/// Bounds of the recorder.
package struct FootageOptions: Sendable {
    /// Most bytes that wait for the disk, a recording.
    package var queueBytes = 8 << 20
    /// How often queues are written out.
    package var writeInterval: TimeInterval = 0.5
    /// How often the index is written, if nothing urgent is in it.
    package var indexInterval: TimeInterval = 4
    /// Least time between two `fdatasync` of a file.
    package var syncInterval: TimeInterval = 1
    /// Recording stops when less is free on the footage folder's file system.
    package var reserveBytes: Int64 = 2 << 30
    /// After a write error or a full disk, a new run is tried no sooner.
    package var retryInterval: TimeInterval = 10

    package init() {}
}
