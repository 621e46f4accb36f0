import Foundation
import GatewayCore
import NIOCore

/// What went to the viewers of a feed, those that left among them.
package struct ViewerTally: Sendable, Equatable {
    package internal(set) var bytes: Int64 = 0
    package internal(set) var frames = 0
    /// Access units not written to viewers that lagged.
    package internal(set) var skipped = 0
    package internal(set) var lateness = LatenessHistogram()

    var isEmpty: Bool { bytes == 0 && frames == 0 && skipped == 0 && lateness.samples == 0 }

    static func += (sum: inout ViewerTally, more: ViewerTally) {
        sum.bytes &+= more.bytes
        sum.frames &+= more.frames
        sum.skipped &+= more.skipped
        sum.lateness += more.lateness
    }
}

/// How late pictures were when they left, one sample a viewer and second.
package struct LatenessHistogram: Sendable, Equatable {
    /// Upper bounds of the buckets, in seconds; what is later counts in the last, unbounded one.
    package static let bounds: [Double] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]

    /// One more than there are bounds; not cumulative.
    package private(set) var buckets = [Int](repeating: 0, count: bounds.count + 1)
    package private(set) var samples = 0
    package private(set) var totalSeconds = 0.0
    /// The worst of these samples.
    package private(set) var worst: Double?

    package init() {}

    mutating func count(_ lateness: TimeAmount) {
        let seconds = max(0, Double(lateness.nanoseconds) / 1e9)
        buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        samples += 1
        totalSeconds += seconds
        worst = max(worst ?? 0, seconds)
    }

    package static func += (sum: inout LatenessHistogram, more: LatenessHistogram) {
        guard more.samples > 0 else { return }
        for index in sum.buckets.indices { sum.buckets[index] &+= more.buckets[index] }
        sum.samples &+= more.samples
        sum.totalSeconds += more.totalSeconds
        sum.worst = [sum.worst, more.worst].compactMap(\.self).max()
    }
}

/// One viewer of a feed at one moment. Who it is stands in the viewing register, under `viewID`.
package struct ViewerFigures: Sendable {
    package let viewID: ViewID
    package let medium: ViewMedium
    package let purpose: ViewPurpose
    /// Address of its end of the connection.
    package let peer: String
    /// Written since it began; a console's bytes are those of this feed.
    package let bytes: Int64
    package let frames: Int
    package let skipped: Int
    /// Bytes that wait for its connection; of a console for all its feeds.
    package let queuedBytes: Int
    /// Of a picture of the last second, from the camera's first packet to the write of its last byte; `nil` before the first.
    package let latenessMilliseconds: Double?

}

extension ViewerFigures {
    init(_ grant: ViewGrant, _ medium: ViewMedium, peer: String, _ meter: ViewerMeter, queuedBytes: Int) {
        self.init(
            viewID: grant.viewID, medium: medium, purpose: grant.purpose, peer: peer, bytes: meter.bytes, frames: meter.frames,
            skipped: meter.skipped, queuedBytes: queuedBytes,
            latenessMilliseconds: meter.lateness.map { Double($0.nanoseconds) / 1e6 })
    }
}
