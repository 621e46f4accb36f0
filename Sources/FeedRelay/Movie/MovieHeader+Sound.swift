import NIOCore

/// The track of the sound: AAC in `mp4a` (ISO/IEC 14496-14, 5.6).
extension MovieHeader {
    mutating func track(_ sound: SoundFormat) {
        fullBox("tkhd", flags: 7) {
            $0.writeMultipleIntegers(UInt32(0), UInt32(0), Self.soundTrackID, UInt32(0), UInt32(0), UInt64(0))
            // Layer, alternate group, full volume.
            $0.writeMultipleIntegers(UInt16(0), UInt16(0), UInt16(0x0100), UInt16(0))
            Self.writeMatrix(&$0)
            $0.writeInteger(UInt64(0))
        }
        nest("mdia") {
            $0.fullBox("mdhd") {
                // Language `und`.
                $0.writeMultipleIntegers(
                    UInt32(0), UInt32(0), UInt32(truncatingIfNeeded: sound.clockRate), UInt32(0), UInt16(0x55C4), UInt16(0))
            }
            $0.fullBox("hdlr") {
                $0.writeInteger(UInt32(0))
                $0.writeStaticString("soun")
                $0.writeRepeatingByte(0, count: 12)
                $0.writeStaticString("sound\0")
            }
            $0.nest("minf") {
                $0.fullBox("smhd") { $0.writeInteger(UInt32(0)) }
                $0.dataInformation()
                $0.nest("stbl") { $0.sampleTable(sound) }
            }
        }
    }

    private mutating func sampleTable(_ sound: SoundFormat) {
        let configuration = sound.configuration
        nest("stsd") {
            $0.buffer.writeMultipleIntegers(UInt32(0), UInt32(1))
            $0.nest("mp4a") {
                $0.buffer.writeRepeatingByte(0, count: 6)
                $0.buffer.writeMultipleIntegers(UInt16(1), UInt64(0))
                $0.buffer.writeMultipleIntegers(UInt16(truncatingIfNeeded: configuration.channels), UInt16(16), UInt32(0))
                $0.buffer.writeInteger(UInt32(UInt16(exactly: configuration.sampleRate) ?? 0) << 16)
                $0.fullBox("esds") { Self.writeDescriptor(configuration.bytes, &$0) }
            }
        }
        emptyTables()
    }

    /// ES_Descriptor (ISO/IEC 14496-1, 7.2.6.5). The configuration is at most 64 bytes long, so every size fits its byte.
    private static func writeDescriptor(_ configuration: [UInt8], _ buffer: inout ByteBuffer) {
        let specific = UInt8(truncatingIfNeeded: configuration.count)
        buffer.writeMultipleIntegers(UInt8(3), 3 + 2 + 13 + 2 + specific + 3, UInt16(0), UInt8(0))
        // DecoderConfigDescriptor: MPEG-4 audio, an audio stream, of no said buffer and bit rate.
        buffer.writeMultipleIntegers(UInt8(4), 13 + 2 + specific, UInt8(0x40), UInt8(0x15))
        buffer.writeMultipleIntegers(UInt8(0), UInt16(0), UInt32(0), UInt32(0))
        buffer.writeMultipleIntegers(UInt8(5), specific)
        buffer.writeBytes(configuration)
        // SLConfigDescriptor of MP4.
        buffer.writeMultipleIntegers(UInt8(6), UInt8(1), UInt8(2))
    }
}
