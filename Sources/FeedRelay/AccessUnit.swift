import GatewayCore
import NIOCore
import RTSP

/// One coded picture as it leaves the gateway: interleaved-framed RTP packets, ready to be written to any viewer.
///
/// Immutable and shared: a viewer costs one retain. Nothing in it points into a read buffer; its bytes lie in a slab with
/// those of its neighbours (``UnitMemory``).
package final class AccessUnit: Sendable {
    /// `$`, channel 0, length, RTP packet; one or more.
    package let frames: ByteBuffer
    package let mediaTime: MediaTime
    /// When its first packet was read from the camera.
    package let arrival: NIODeadline
    /// Whether decoding can begin here: a key picture with its parameter sets.
    package let isKey: Bool
    /// Sequence number and timestamp of the first packet, as sent.
    package let firstSequence: UInt16
    package let timestamp: UInt32
    /// What came of the feed's sound since the unit before; `nil` for nearly all feeds.
    package let audio: AudioBatch?

    package init(
        frames: ByteBuffer, mediaTime: MediaTime, arrival: NIODeadline, isKey: Bool, firstSequence: UInt16, timestamp: UInt32,
        audio: AudioBatch? = nil
    ) {
        self.frames = frames
        self.mediaTime = mediaTime
        self.arrival = arrival
        self.isKey = isKey
        self.firstSequence = firstSequence
        self.timestamp = timestamp
        self.audio = audio
    }

    /// The same picture, sharing its bytes, with sound.
    func with(_ audio: AudioBatch) -> AccessUnit {
        AccessUnit(
            frames: frames, mediaTime: mediaTime, arrival: arrival, isKey: isKey, firstSequence: firstSequence,
            timestamp: timestamp, audio: audio)
    }

    /// With its sound.
    var storedBytes: Int { byteCount + (audio?.byteCount ?? 0) }

    package var byteCount: Int { frames.readableBytes }

    /// Where in `frames` the next RTP packet without its framing lies; advances `offset`, which begins at zero.
    static func nextPacket(in frames: RawSpan, at offset: inout Int) -> Range<Int>? {
        let start = offset + 4
        guard start <= frames.byteCount else { return nil }
        let end = start + Int(frames.uint16(at: offset + 2))
        guard end <= frames.byteCount else { return nil }
        offset = end
        return start..<end
    }

    /// Its NAL units without parameter sets, each behind a 32-bit length; empty if none came whole.
    package func sample(codec: VideoCodec) -> ByteBuffer {
        sample(codec: codec, behind: ByteBufferAllocator().buffer(capacity: byteCount))
    }

    /// The same, written into the memory of `header`, behind what is in it.
    func sample(codec: VideoCodec, behind header: consuming ByteBuffer) -> ByteBuffer {
        var gatherer = NALUnitGatherer(codec: codec, behind: header)
        let frames = frames
        let bytes = frames.readableBytesSpan
        var offset = 0
        while let range = Self.nextPacket(in: bytes, at: &offset) { gatherer.append(packet: bytes.extracting(range)) }
        return gatherer.finish()
    }
}
