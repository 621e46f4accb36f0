import NIOCore

/// An RTCP receiver report with one report block (RFC 3550 section 6.4.2), or with none.
package struct ReceiverReport: Hashable, Sendable {
    package static let packetType: UInt8 = 201

    package struct Block: Hashable, Sendable {
        package static let byteCount = 24

        /// Whose packets are reported on.
        package var ssrc: UInt32
        /// Of the packets expected since the last report, in 1/256.
        package var fractionLost: UInt8
        /// Since the session began; −8,388,608…8,388,607. Negative where duplicates came.
        package var cumulativeLost: Int32
        /// Highest sequence number received, its wraps in the upper 16 bits.
        package var highestSequence: UInt32
        /// In ticks of the RTP clock.
        package var jitter: UInt32
        /// The middle 32 bits of the last sender report's NTP time; 0 before the first.
        package var lastSenderReport: UInt32
        /// Since it came, in 1/65,536 s.
        package var delaySinceLastSenderReport: UInt32
    }

    package var ssrc: UInt32
    package var block: Block?

    /// Appends the packet, and a source description with `name` as its canonical name, without which a compound packet is
    /// not complete (section 6.1). Without interleaved framing.
    package func serialize(into buffer: inout ByteBuffer, canonicalName name: String) {
        buffer.writeMultipleIntegers(
            UInt8(block == nil ? 0x80 : 0x81), Self.packetType, UInt16(block == nil ? 1 : 1 + Block.byteCount / 4), ssrc)
        if let block {
            let lost = UInt32(bitPattern: block.cumulativeLost) & 0x00FF_FFFF
            buffer.writeMultipleIntegers(
                block.ssrc, UInt32(block.fractionLost) << 24 | lost, block.highestSequence, block.jitter, block.lastSenderReport,
                block.delaySinceLastSenderReport)
        }
        let text = name.utf8.prefix(255)
        // The item's two bytes, the name, at least one zero, up to a multiple of four.
        let padding = 4 - (2 + text.count) % 4
        buffer.writeMultipleIntegers(UInt8(0x81), UInt8(202), UInt16(1 + (2 + text.count + padding) / 4), ssrc)
        buffer.writeMultipleIntegers(UInt8(1), UInt8(text.count))
        buffer.writeBytes(text)
        buffer.writeRepeatingByte(0, count: padding)
    }
}
