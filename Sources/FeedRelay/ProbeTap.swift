import DecoderProcess
import Foundation
import GatewayCore
import NIOCore

/// Takes a feed's pictures for a probe. Called on the feed's event loop; must not block.
package protocol FeedReader: Sendable {
    /// RTP packets of one access unit, each with its interleaved framing.
    ///
    /// - Parameter arrival: nanoseconds of the monotonic clock.
    func append(_ frames: ByteBuffer, arrival: UInt64)
    /// The same, for a reader that wants to know more of the unit.
    func append(_ unit: AccessUnit)
    /// No more come: the tap ended, or the feed failed. May be called again.
    func end()
}

extension FeedReader {
    package func append(_ unit: AccessUnit) { append(unit.frames, arrival: unit.arrival.uptimeNanoseconds) }
}

extension Examination: FeedReader {}

/// A probe that reads a feed along.
package struct ProbeTap: Sendable {
    package let description: FeedDescription
    private let endTap: @Sendable () -> Void

    init(description: FeedDescription, end: @escaping @Sendable () -> Void) {
        self.description = description
        self.endTap = end
    }

    /// The feed's session description: one video track.
    package var sdp: String { description.sdp }

    /// Call when done; the feed then closes if nothing else needs it.
    package func end() { endTap() }
}

/// The feed's side of a tap. Confined to the feed's loop.
final class TapOutlet {
    private let reader: any FeedReader

    init(_ reader: any FeedReader) { self.reader = reader }

    func push(_ unit: AccessUnit) { reader.append(unit) }

    /// The tap ended, or the feed failed.
    func close() { reader.end() }
}

/// A key picture ready to decode.
package struct KeyFrame: Sendable {
    package let parameters: VideoParameters
    /// NAL units, each behind a 32-bit length.
    package let sample: ByteBuffer
    /// When its bytes came from the camera.
    package let wallTime: Date
}
