import FFmpegMedia
import Foundation
import GatewayCore
import NIOConcurrencyHelpers

/// Makes JPEG stills of feeds, one decoding a key picture however many ask for it.
package final class StillMaker: Sendable {
    let views: StillViews
    private let threads: MediaThreads
    private let maxWidth: Int
    private let cache = NIOLockedValueBox<[FeedID: (wallTime: Date, jpeg: [UInt8])]>([:])

    /// - Parameter maxWidth: pixels; wider pictures are scaled down.
    package init(threads: MediaThreads, maxWidth: Int = 1_280, views: StillViews = StillViews()) {
        self.threads = threads
        self.views = views
        self.maxWidth = maxWidth
    }

    /// - Throws: ``FeedFailure``, or an error of FFmpeg.
    package func still(of feed: FeedID, relay: FeedRelay) async throws -> [UInt8] {
        let frame = try await relay.keyFrame(of: feed)
        // Two asks for one key picture differ by the microseconds in which its age was measured.
        if let held = cache.withLockedValue({ $0[feed] }), abs(held.wallTime.timeIntervalSince(frame.wallTime)) < 0.02 {
            return held.jpeg
        }
        let width = maxWidth
        let jpeg = try await threads.run {
            try SnapshotDecoder.jpeg(parameters: frame.parameters, sample: frame.sample, maxWidth: width)
        }
        cache.withLockedValue { cache in
            cache[feed] = (frame.wallTime, jpeg)
            cache = cache.filter { $0.value.wallTime.timeIntervalSinceNow > -30 }
        }
        return jpeg
    }
}
