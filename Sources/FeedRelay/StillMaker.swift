import DecoderProcess
import Foundation
import GatewayCore
import NIOConcurrencyHelpers

/// Makes JPEG stills of feeds, one decoding a key picture however many ask for it.
package final class StillMaker: Sendable {
    let views: StillViews
    private let decoder: DecoderProcess
    private let maxWidth: Int
    private let cache = NIOLockedValueBox<[FeedID: (wallTime: Date, jpeg: [UInt8])]>([:])

    /// - Parameter maxWidth: pixels; wider pictures are scaled down.
    package init(decoder: DecoderProcess, maxWidth: Int = 1_280, views: StillViews = StillViews()) {
        self.decoder = decoder
        self.views = views
        self.maxWidth = maxWidth
    }

    /// - Throws: ``FeedFailure``, or `DecoderFailure`.
    package func still(of feed: FeedID, relay: FeedRelay) async throws -> [UInt8] {
        let frame = try await relay.keyFrame(of: feed)
        // Two asks for one key picture differ by the microseconds in which its age was measured.
        if let held = cache.withLockedValue({ $0[feed] }), abs(held.wallTime.timeIntervalSince(frame.wallTime)) < 0.02 {
            return held.jpeg
        }
        let jpeg = try await decoder.still(parameters: frame.parameters, sample: frame.sample, maxWidth: maxWidth)
        cache.withLockedValue { cache in
            cache[feed] = (frame.wallTime, jpeg)
            cache = cache.filter { $0.value.wallTime.timeIntervalSinceNow > -30 }
        }
        return jpeg
    }
}
