import GatewayCore
import NIOCore

/// A clip as interleaved RTP, ready to be played round and round: all viewers of a camera share it.
///
/// Each picture is one buffer of `$`-framed RTP packets (RFC 2326 10.12) with sequence numbers and timestamps counted
/// from the clip's beginning; ``frame(_:clock:)`` stamps the real ones on the copy that goes out.
struct PacketizedClip: Sendable {
    struct Picture: Sendable {
        let bytes: ByteBuffer
        /// Where in `bytes` each RTP packet begins, behind its four bytes of framing.
        let packetOffsets: [Int]
        /// Sequence number of the first packet, counted from the clip's beginning.
        let firstPacket: Int
        let isKey: Bool
    }

    /// Where a camera's RTP numbering began.
    struct Clock: Sendable {
        let source: UInt32
        let firstSequence: UInt16
        let firstTimestamp: UInt32
    }

    let codec: VideoCodec
    let framesPerSecond: Int
    let parameterSets: [[UInt8]]
    let pictures: [Picture]
    let packetCount: Int

    /// - Parameters:
    ///   - pictures: access units in decoding order, the first a key frame; each a list of NAL units.
    ///   - marks: whether the last packet of a picture carries the marker bit, which some cameras never set.
    init?(
        codec: VideoCodec, framesPerSecond: Int, parameterSets: [[UInt8]], pictures: [(units: [[UInt8]], isKey: Bool)],
        marks: Bool = true
    ) {
        guard pictures.first?.isKey == true, (1...120).contains(framesPerSecond) else { return nil }
        let packetizer = Packetizer(codec: codec)
        var packets = 0
        var made: [Picture] = []
        for (index, picture) in pictures.enumerated() {
            let payloads = packetizer.payloads(of: picture.units)
            guard !payloads.isEmpty else { return nil }
            var bytes = ByteBufferAllocator().buffer(capacity: payloads.reduce(0) { $0 + $1.count + 16 })
            var offsets: [Int] = []
            for (position, payload) in payloads.enumerated() {
                let isLast = position == payloads.count - 1
                bytes.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(0), UInt16(truncatingIfNeeded: payload.count + 12))
                offsets.append(bytes.writerIndex)
                bytes.writeMultipleIntegers(
                    UInt8(0x80), UInt8(96) | (isLast && marks ? 0x80 : 0), UInt16(truncatingIfNeeded: packets + position),
                    UInt32(truncatingIfNeeded: index * 90_000 / framesPerSecond), UInt32(0))
                bytes.writeBytes(payload)
            }
            made.append(Picture(bytes: bytes, packetOffsets: offsets, firstPacket: packets, isKey: picture.isKey))
            packets += payloads.count
        }
        self.codec = codec
        self.framesPerSecond = framesPerSecond
        self.parameterSets = parameterSets
        self.pictures = made
        self.packetCount = packets
    }

    /// Picture number `number` since the camera was switched on, stamped; the clip repeats for ever.
    func frame(_ number: Int, clock: Clock) -> ByteBuffer {
        let (lap, position) = number.quotientAndRemainder(dividingBy: pictures.count)
        let picture = pictures[position]
        let timestamp = self.timestamp(number, clock: clock)
        var bytes = picture.bytes
        for (index, offset) in picture.packetOffsets.enumerated() {
            let sequence = clock.firstSequence &+ UInt16(truncatingIfNeeded: lap &* packetCount &+ picture.firstPacket &+ index)
            bytes.setInteger(sequence, at: offset + 2)
            bytes.setInteger(timestamp, at: offset + 4)
            bytes.setInteger(clock.source, at: offset + 8)
        }
        return bytes
    }

    func timestamp(_ number: Int, clock: Clock) -> UInt32 {
        clock.firstTimestamp &+ UInt32(truncatingIfNeeded: number &* 90_000 / framesPerSecond)
    }

    func isKey(_ number: Int) -> Bool { pictures[number % pictures.count].isKey }
}
