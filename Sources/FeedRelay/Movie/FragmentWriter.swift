import GatewayCore
import NIOCore

/// Turns access units into fragmented MP4 for Media Source Extensions and for footage: a `moof` and `mdat` for each, at
/// once (ISO/IEC 14496-12, 8.8).
///
/// A fragment, the framing of a plain HTTP response around it and that of a console's connection around both lie in one
/// allocation, written in one pass: the picture is copied once, out of its RTP packets, whatever the number of viewers.
/// A fragment is 108 bytes longer than its sample. Where the feed carries sound, what came of it lies behind the picture, in a
/// track of its own.
struct FragmentWriter {
    /// `ftyp` and `moov`.
    let header: ByteBuffer
    let mimeType: String
    let parameters: VideoParameters
    private let feedNumber: UInt32
    private var sequence: UInt32 = 0

    private static let mfhd = 16
    private static let tfhd = 16
    private static let tfdt = 20
    private static let trun = 32
    private static let traf = 8 + tfhd + tfdt + trun
    private static let moof = 8 + mfhd + traf
    /// Bytes of a fragment beside its sample.
    static let overhead = moof + 8

    /// `nil` if the parameter sets are missing or cannot be read.
    init?(parameters: VideoParameters, feedNumber: UInt32, sound: SoundFormat? = nil) {
        guard 1...16_384 ~= parameters.width, 1...16_384 ~= parameters.height,
            let configuration = DecoderConfiguration(codec: parameters.codec, parameterSets: parameters.parameterSets)
        else { return nil }
        self.parameters = parameters
        self.feedNumber = feedNumber
        header = MovieHeader.bytes(parameters, configuration, sound)
        mimeType = configuration.mimeType(with: sound)
    }

    /// A fragment's three views of the same memory.
    struct Written {
        /// `moof` and `mdat`.
        let bytes: ByteBuffer
        /// `bytes` as one chunk of HTTP/1.1 chunked coding.
        let plainChunk: ByteBuffer
        /// The console's message: its prefix as a chunk, then `plainChunk`.
        let message: ByteBuffer
    }

    /// - Parameters:
    ///   - sinceStart: for the console: time since the feed began.
    ///   - duration: of the sample; at least one tick is written.
    /// - Returns: `nil` if no NAL unit of the picture came whole.
    mutating func write(
        _ unit: AccessUnit, sinceStart: MediaTime, duration: MediaTime, sound: SoundTrack.Samples? = nil
    ) -> Written? {
        let prefix = ConsoleMessage.prefixChunkLength
        let fragment = prefix + ConsoleMessage.chunkHeadLength
        let overhead = Self.overhead + Self.byteCount(ofTrack: sound)
        let sample = fragment + overhead
        var buffer = ExactBuffer.empty(capacity: sample + unit.byteCount + (sound?.bytes.count ?? 0) + 2)
        buffer.moveWriterIndex(to: sample)
        buffer = unit.sample(codec: parameters.codec, behind: buffer)
        let sampleBytes = buffer.writerIndex - sample
        guard sampleBytes > 0 else { return nil }
        if let sound { buffer.writeBytes(sound.bytes) }
        let fragmentBytes = buffer.writerIndex - fragment
        buffer.writeStaticString("\r\n")
        let end = buffer.writerIndex

        buffer.moveWriterIndex(to: 0)
        ConsoleMessage.writePrefixChunk(
            feed: feedNumber, kind: .fragment, isKey: unit.isKey,
            milliseconds: UInt32(truncatingIfNeeded: sinceStart.ticks / 90), bodyLength: fragmentBytes, into: &buffer)
        ConsoleMessage.writeChunkHead(length: fragmentBytes, into: &buffer)
        writeBoxes(unit, sampleBytes: sampleBytes, duration: duration, sound: sound, overhead: overhead, into: &buffer)
        buffer.moveWriterIndex(to: end)

        guard let bytes = buffer.getSlice(at: fragment, length: fragmentBytes),
            let plainChunk = buffer.getSlice(at: prefix, length: end - prefix)
        else { return nil }
        return Written(bytes: bytes, plainChunk: plainChunk, message: buffer)
    }

    private mutating func writeBoxes(
        _ unit: AccessUnit, sampleBytes: Int, duration: MediaTime, sound: SoundTrack.Samples?, overhead: Int,
        into buffer: inout ByteBuffer
    ) {
        sequence &+= 1
        buffer.writeInteger(UInt32(overhead - 8))
        buffer.writeStaticString("moof")
        buffer.writeInteger(UInt32(Self.mfhd))
        buffer.writeStaticString("mfhd")
        buffer.writeMultipleIntegers(UInt32(0), sequence)
        buffer.writeInteger(UInt32(Self.traf))
        buffer.writeStaticString("traf")
        buffer.writeInteger(UInt32(Self.tfhd))
        buffer.writeStaticString("tfhd")
        // default-base-is-moof
        buffer.writeMultipleIntegers(UInt32(0x0002_0000), MovieHeader.trackID)
        buffer.writeInteger(UInt32(Self.tfdt))
        buffer.writeStaticString("tfdt")
        buffer.writeMultipleIntegers(UInt32(0x0100_0000), UInt64(max(0, unit.mediaTime.ticks)))
        buffer.writeInteger(UInt32(Self.trun))
        buffer.writeStaticString("trun")
        // data-offset, and of the one sample its duration, size and flags
        buffer.writeMultipleIntegers(UInt32(0x0000_0701), UInt32(1), UInt32(overhead))
        let ticks = UInt32(clamping: max(1, duration.ticks))
        // A key picture depends on no other; another does, and is no sync sample.
        let flags: UInt32 = unit.isKey ? 0x0200_0000 : 0x0101_0000
        buffer.writeMultipleIntegers(ticks, UInt32(truncatingIfNeeded: sampleBytes), flags)
        if let sound { Self.write(track: sound, dataOffset: overhead + sampleBytes, into: &buffer) }
        buffer.writeInteger(UInt32(truncatingIfNeeded: 8 + sampleBytes + (sound?.bytes.count ?? 0)))
        buffer.writeStaticString("mdat")
    }
}
