import NIOCore

/// The second `traf` of a fragment.
extension FragmentWriter {
    private static let trackHead = 8 + 16 + 20

    static func byteCount(ofTrack sound: SoundTrack.Samples?) -> Int {
        guard let sound, !sound.isEmpty else { return 0 }
        return trackHead + trun(sound)
    }

    private static func trun(_ sound: SoundTrack.Samples) -> Int { 20 + 8 * sound.list.count }

    /// - Parameter dataOffset: of the first sample, from where the `moof` begins.
    static func write(track sound: SoundTrack.Samples, dataOffset: Int, into buffer: inout ByteBuffer) {
        guard let first = sound.list.first else { return }
        buffer.writeInteger(UInt32(byteCount(ofTrack: sound)))
        buffer.writeStaticString("traf")
        buffer.writeInteger(UInt32(16))
        buffer.writeStaticString("tfhd")
        // default-base-is-moof
        buffer.writeMultipleIntegers(UInt32(0x0002_0000), MovieHeader.soundTrackID)
        buffer.writeInteger(UInt32(20))
        buffer.writeStaticString("tfdt")
        buffer.writeMultipleIntegers(UInt32(0x0100_0000), UInt64(max(0, first.time)))
        buffer.writeInteger(UInt32(trun(sound)))
        buffer.writeStaticString("trun")
        // data-offset, and of each sample its duration and size
        buffer.writeMultipleIntegers(
            UInt32(0x0000_0301), UInt32(truncatingIfNeeded: sound.list.count), UInt32(truncatingIfNeeded: dataOffset))
        for (index, sample) in sound.list.enumerated() {
            buffer.writeMultipleIntegers(sound.duration(of: index), UInt32(truncatingIfNeeded: sample.range.count))
        }
    }
}
