import NIOCore

/// What came of a feed's sound since the unit before: interleaved-framed RTP and RTCP on channels 2 and 3.
///
/// Immutable and shared, its memory as large as its bytes, like an ``AccessUnit``.
package final class AudioBatch: Sendable {
    package let frames: ByteBuffer
    /// Of the track that the packets belong to: a viewer takes those of the track that it was told of.
    let era: Int
    /// Where its first packet lies on the sound's line, in ticks of the track.
    let line: Int64

    init(frames: ByteBuffer, era: Int, line: Int64) {
        self.frames = frames
        self.era = era
        self.line = line
    }

    package var byteCount: Int { frames.readableBytes }

    /// Both, for the cache. Of another track only the later is kept.
    func followed(by later: AudioBatch) -> AudioBatch {
        guard later.era == era else { return later }
        var joined = ExactBuffer.empty(capacity: byteCount + later.byteCount)
        joined.writeImmutableBuffer(frames)
        joined.writeImmutableBuffer(later.frames)
        return AudioBatch(frames: joined, era: era, line: line)
    }
}
