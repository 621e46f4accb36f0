/// The fixed header of an RTP packet and where its payload lies (RFC 3550 section 5.1).
package struct RTPHeader: Sendable, Equatable {
    package static let fixedLength = 12

    package let marker: Bool
    package let payloadType: UInt8
    package let sequence: UInt16
    package let timestamp: UInt32
    package let ssrc: UInt32
    /// Bytes of the packet that are payload: after contributing sources and header extension, before padding.
    package let payload: Range<Int>

    /// `nil` for anything that is not a whole RTP packet of version 2.
    package init?(_ packet: RawSpan) {
        let length = packet.byteCount
        guard length >= Self.fixedLength else { return nil }
        let first = packet.uint8(at: 0)
        guard first >> 6 == 2 else { return nil }
        var start = Self.fixedLength + Int(first & 0x0F) * 4
        if first & 0x10 != 0 {
            guard start + 4 <= length else { return nil }
            start += 4 + Int(packet.uint16(at: start + 2)) * 4
        }
        guard start <= length else { return nil }
        var end = length
        if first & 0x20 != 0, end > start {
            let padding = Int(packet.uint8(at: length - 1))
            // Some cameras set the padding bit and send none: then the packet is payload to its end.
            if padding > 0, padding <= end - start { end -= padding }
        }
        let second = packet.uint8(at: 1)
        self.marker = second & 0x80 != 0
        self.payloadType = second & 0x7F
        self.sequence = packet.uint16(at: 2)
        self.timestamp = packet.uint32(at: 4)
        self.ssrc = packet.uint32(at: 8)
        self.payload = start..<end
    }
}
