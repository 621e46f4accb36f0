import NIOCore

/// An RTCP sender report without report blocks (RFC 3550 section 6.4.1): ties an RTP timestamp to a wall clock.
package struct SenderReport: Hashable, Sendable {
    package static let packetType: UInt8 = 200
    package static let byteCount = 28

    package var ssrc: UInt32
    /// 32.32 fixed point, seconds since 1900-01-01.
    package var ntp: UInt64
    package var rtpTimestamp: UInt32
    package var packetCount: UInt32
    package var octetCount: UInt32

    package init(ssrc: UInt32, ntp: UInt64, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
        self.ssrc = ssrc
        self.ntp = ntp
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }

    /// The first sender report of a compound packet; `nil` if there is none or the packet is malformed.
    package init?(_ bytes: borrowing RawSpan) {
        var offset = 0
        while offset + 8 <= bytes.byteCount {
            guard bytes.uint8(at: offset) >> 6 == 2 else { return nil }
            let length = (Int(bytes.uint16(at: offset + 2)) + 1) * 4
            guard offset + length <= bytes.byteCount else { return nil }
            if bytes.uint8(at: offset + 1) == Self.packetType {
                guard length >= Self.byteCount else { return nil }
                self.init(
                    ssrc: bytes.uint32(at: offset + 4),
                    ntp: UInt64(bytes.uint32(at: offset + 8)) << 32 | UInt64(bytes.uint32(at: offset + 12)),
                    rtpTimestamp: bytes.uint32(at: offset + 16), packetCount: bytes.uint32(at: offset + 20),
                    octetCount: bytes.uint32(at: offset + 24))
                return
            }
            offset += length
        }
        return nil
    }

    /// Appends the 28 bytes of the packet, without interleaved framing.
    package func serialize(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(
            UInt8(0x80), Self.packetType, UInt16(6), ssrc, UInt32(ntp >> 32), UInt32(truncatingIfNeeded: ntp), rtpTimestamp)
        buffer.writeMultipleIntegers(packetCount, octetCount)
    }

    /// NTP's fixed point from a wall clock; wraps in 2036 as the protocol does.
    package static func ntp(secondsSince1970 seconds: Double) -> UInt64 {
        guard seconds.isFinite, seconds > -2_208_988_800, seconds < 1e12 else { return 0 }
        let since1900 = seconds + 2_208_988_800
        let whole = since1900.rounded(.down)
        return UInt64(truncatingIfNeeded: UInt64(whole) << 32) | UInt64((since1900 - whole) * 4_294_967_295)
    }

    /// Seconds since 1970 of the era that began in 1900.
    package var secondsSince1970: Double { Double(ntp >> 32) - 2_208_988_800 + Double(ntp & 0xFFFF_FFFF) / 4_294_967_296 }

    /// Seconds since 1970, read from the year 2036 on as RFC 5905 section 6 does: what is before the middle of an era belongs
    /// to the era that `now` is in.
    package func secondsSince1970(now: Double) -> Double {
        now >= Self.secondEra && ntp >> 63 == 0 ? secondsSince1970 + 4_294_967_296 : secondsSince1970
    }

    /// 2036-02-07T06:28:16Z.
    private static let secondEra: Double = 2_085_978_496
}
