import Foundation
import GatewayCore
import NIOCore

/// A feed's packets for a probe: what FFmpeg reads instead of a network.
package struct ProbeTap: Sendable {
    /// The feed's session description: one video track.
    package let sdp: String
    package let description: FeedDescription
    /// RTP packets from the cached key picture on, then live; it is closed when the tap ends or the feed fails.
    package let inlet: PacketInlet
    /// When the feed's camera was asked, and how long it took to answer up to PLAY.
    package let openedAt: Date
    private let endTap: @Sendable () -> Void

    init(
        sdp: String, description: FeedDescription, inlet: PacketInlet, openedAt: Date, end: @escaping @Sendable () -> Void
    ) {
        self.sdp = sdp
        self.description = description
        self.inlet = inlet
        self.openedAt = openedAt
        self.endTap = end
    }

    /// Call when done; the feed then closes if nothing else needs it.
    package func end() { endTap() }
}

/// The feed's side of a tap. Confined to the feed's loop.
final class TapOutlet {
    let inlet: PacketInlet

    init(inlet: PacketInlet) { self.inlet = inlet }

    func push(_ unit: AccessUnit) {
        let arrival = unit.arrival.uptimeNanoseconds
        let frames = unit.frames
        let span = frames.readableBytesSpan
        var offset = 0
        while let range = AccessUnit.nextPacket(in: span, at: &offset) {
            let bytes = frames.getBytes(at: frames.readerIndex + range.lowerBound, length: range.count)
            if let bytes { inlet.push(.init(bytes: bytes, arrivalNanoseconds: arrival)) }
        }
    }
}

/// A key picture ready to decode.
package struct KeyFrame: Sendable {
    package let parameters: VideoParameters
    /// NAL units, each behind a 32-bit length.
    package let sample: ByteBuffer
    /// When its bytes came from the camera.
    package let wallTime: Date
}
