import NIOCore

/// The four bytes before interleaved data: `$`, channel, 16-bit length (RFC 2326 section 10.12).
package struct FrameHeader: Hashable, Sendable {
    package static let magic = UInt8(ascii: "$")
    package static let byteCount = 4

    package let channel: UInt8
    /// Of the payload; 0…65,535.
    package let length: Int

    package var frameBytes: Int { Self.byteCount + length }

    /// `nil` if there are fewer than four bytes, or the first is not `$`.
    package init?(_ bytes: borrowing RawSpan) {
        guard bytes.byteCount >= Self.byteCount, bytes.uint8(at: 0) == Self.magic else { return nil }
        channel = bytes.uint8(at: 1)
        length = Int(bytes.uint16(at: 2))
    }
}

extension ByteBuffer {
    mutating func readFrame(_ header: FrameHeader) -> ByteBuffer? {
        guard readableBytes >= header.frameBytes else { return nil }
        moveReaderIndex(forwardBy: FrameHeader.byteCount)
        return readSlice(length: header.length)
    }

    /// Skips what may stand between messages, and returns the first byte after it without reading it.
    mutating func skipBlank() -> UInt8? {
        while let byte = getInteger(at: readerIndex, as: UInt8.self) {
            guard byte == 0x0D || byte == 0x0A || byte == 0x20 || byte == 0x09 || byte == 0 else { return byte }
            moveReaderIndex(forwardBy: 1)
        }
        return nil
    }
}
