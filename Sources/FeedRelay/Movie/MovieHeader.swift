import GatewayCore
import NIOCore

/// The initialization segment of a fragmented MP4 with one video track, and one of sound where there is any: `ftyp` and `moov`
/// (ISO/IEC 14496-12).
///
/// Sample entry `avc1` or `hvc1`: browsers play only parameter sets that lie there. The movie itself is empty; all
/// samples come in fragments.
struct MovieHeader {
    static let trackID: UInt32 = 1
    static let soundTrackID: UInt32 = 2

    var buffer = ByteBuffer()

    static func bytes(
        _ parameters: VideoParameters, _ configuration: DecoderConfiguration, _ sound: SoundFormat? = nil
    ) -> ByteBuffer {
        var header = MovieHeader()
        header.box("ftyp") {
            $0.writeStaticString("iso5")
            $0.writeInteger(UInt32(512))
            $0.writeStaticString("iso5iso6mp41")
        }
        header.movie(parameters, configuration, sound)
        return header.buffer
    }

    mutating func box(_ kind: StaticString, _ content: (inout ByteBuffer) -> Void) {
        nest(kind) { content(&$0.buffer) }
    }

    mutating func fullBox(_ kind: StaticString, flags: UInt32 = 0, _ content: (inout ByteBuffer) -> Void) {
        box(kind) {
            $0.writeInteger(flags)
            content(&$0)
        }
    }

    mutating func nest(_ kind: StaticString, _ content: (inout MovieHeader) -> Void) {
        let start = buffer.writerIndex
        buffer.writeInteger(UInt32(0))
        buffer.writeStaticString(kind)
        content(&self)
        buffer.setInteger(UInt32(truncatingIfNeeded: buffer.writerIndex - start), at: start)
    }

    private mutating func movie(
        _ parameters: VideoParameters, _ configuration: DecoderConfiguration, _ sound: SoundFormat?
    ) {
        nest("moov") {
            $0.fullBox("mvhd") {
                $0.writeMultipleIntegers(UInt32(0), UInt32(0), UInt32(MediaTime.ticksPerSecond), UInt32(0))
                $0.writeMultipleIntegers(UInt32(0x0001_0000), UInt16(0x0100), UInt16(0), UInt64(0))
                Self.writeMatrix(&$0)
                $0.writeRepeatingByte(0, count: 24)
                $0.writeInteger(Self.soundTrackID + 1)
            }
            $0.nest("trak") { $0.track(parameters, configuration) }
            if let sound { $0.nest("trak") { $0.track(sound) } }
            $0.nest("mvex") {
                // Every fragment says its sample's duration, size and flags itself.
                $0.fullBox("trex") {
                    $0.writeMultipleIntegers(Self.trackID, UInt32(1), UInt32(0), UInt32(0), UInt32(0))
                }
                if sound != nil {
                    // No sample of sound depends on another.
                    $0.fullBox("trex") {
                        $0.writeMultipleIntegers(Self.soundTrackID, UInt32(1), UInt32(0), UInt32(0), UInt32(0x0200_0000))
                    }
                }
            }
        }
    }

    private mutating func track(_ parameters: VideoParameters, _ configuration: DecoderConfiguration) {
        // Enabled, in the movie, in the preview.
        fullBox("tkhd", flags: 7) {
            $0.writeMultipleIntegers(UInt32(0), UInt32(0), Self.trackID, UInt32(0), UInt32(0), UInt64(0), UInt64(0))
            Self.writeMatrix(&$0)
            $0.writeMultipleIntegers(
                UInt32(truncatingIfNeeded: parameters.width) << 16, UInt32(truncatingIfNeeded: parameters.height) << 16)
        }
        nest("mdia") {
            $0.fullBox("mdhd") {
                // Language `und`.
                $0.writeMultipleIntegers(
                    UInt32(0), UInt32(0), UInt32(MediaTime.ticksPerSecond), UInt32(0), UInt16(0x55C4), UInt16(0))
            }
            $0.fullBox("hdlr") {
                $0.writeInteger(UInt32(0))
                $0.writeStaticString("vide")
                $0.writeRepeatingByte(0, count: 12)
                $0.writeStaticString("video\0")
            }
            $0.nest("minf") {
                $0.fullBox("vmhd", flags: 1) { $0.writeInteger(UInt64(0)) }
                $0.dataInformation()
                $0.nest("stbl") { $0.sampleTable(parameters, configuration) }
            }
        }
    }

    mutating func dataInformation() {
        nest("dinf") {
            $0.fullBox("dref") {
                $0.writeInteger(UInt32(1))
                // One entry: the samples are in this file.
                $0.writeInteger(UInt32(12))
                $0.writeStaticString("url ")
                $0.writeInteger(UInt32(1))
            }
        }
    }

    private mutating func sampleTable(_ parameters: VideoParameters, _ configuration: DecoderConfiguration) {
        nest("stsd") {
            $0.buffer.writeMultipleIntegers(UInt32(0), UInt32(1))
            $0.nest(parameters.codec == .h264 ? "avc1" : "hvc1") {
                $0.buffer.writeRepeatingByte(0, count: 6)
                $0.buffer.writeInteger(UInt16(1))
                $0.buffer.writeRepeatingByte(0, count: 16)
                $0.buffer.writeMultipleIntegers(
                    UInt16(truncatingIfNeeded: parameters.width), UInt16(truncatingIfNeeded: parameters.height))
                // 72 dpi, one frame a sample, no name, 24 bits.
                $0.buffer.writeMultipleIntegers(UInt32(0x0048_0000), UInt32(0x0048_0000), UInt32(0), UInt16(1))
                $0.buffer.writeRepeatingByte(0, count: 32)
                $0.buffer.writeMultipleIntegers(UInt16(0x0018), UInt16(0xFFFF))
                $0.box(parameters.codec == .h264 ? "avcC" : "hvcC") { $0.writeBytes(configuration.bytes) }
            }
        }
        emptyTables()
    }

    /// All samples come in fragments.
    mutating func emptyTables() {
        fullBox("stts") { $0.writeInteger(UInt32(0)) }
        fullBox("stsc") { $0.writeInteger(UInt32(0)) }
        fullBox("stsz") { $0.writeInteger(UInt64(0)) }
        fullBox("stco") { $0.writeInteger(UInt32(0)) }
    }

    /// No rotation.
    static func writeMatrix(_ buffer: inout ByteBuffer) {
        for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] as [UInt32] { buffer.writeInteger(value) }
    }
}
