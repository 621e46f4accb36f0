import GatewayCore
import NIOCore

/// Messages of a console's one connection: a 16-byte prefix and a body, each a chunk of HTTP/1.1 chunked coding.
///
/// Prefix, big-endian: length of the body u32, feed number u32, kind u8, key flag u8, two reserved bytes, milliseconds
/// since the feed began u32. The number is the feed's, never the cell's, so that all consoles share the bytes.
enum ConsoleMessage {
    enum Kind: UInt8 {
        /// `u16` length of the MIME type, the MIME type, `ftyp` and `moov`.
        case initialization = 0
        case fragment = 1
        /// JSON, see ``FeedStateReport``.
        case state = 2
        /// The connection could not take all: this feed goes on at its next key picture. Body empty.
        case gap = 3
        case keepalive = 4
    }

    static let prefixLength = 16

    static func initialization(feed: UInt32, mimeType: String, segment: ByteBuffer) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeInteger(UInt16(truncatingIfNeeded: mimeType.utf8.count))
        body.writeString(mimeType)
        body.writeImmutableBuffer(segment)
        return chunk(feed: feed, kind: .initialization, isKey: false, milliseconds: 0, body: body)
    }

    static func state(feed: UInt32, json: String) -> ByteBuffer {
        chunk(feed: feed, kind: .state, isKey: false, milliseconds: 0, body: ByteBuffer(string: json))
    }

    static func gap(feed: UInt32) -> ByteBuffer {
        chunk(feed: feed, kind: .gap, isKey: false, milliseconds: 0, body: ByteBuffer())
    }

    static func keepalive() -> ByteBuffer {
        chunk(feed: 0, kind: .keepalive, isKey: false, milliseconds: 0, body: ByteBuffer())
    }

    /// The bytes as one HTTP chunk of their own, for a plain fMP4 response.
    static func plainChunk(_ bytes: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: chunkHeadLength + bytes.readableBytes + 2)
        writeChunk(bytes, into: &buffer)
        return buffer
    }

    private static func chunk(feed: UInt32, kind: Kind, isKey: Bool, milliseconds: UInt32, body: ByteBuffer) -> ByteBuffer {
        let length = body.readableBytes
        var buffer = ByteBufferAllocator().buffer(capacity: prefixChunkLength + chunkHeadLength + length + 2)
        writePrefixChunk(feed: feed, kind: kind, isKey: isKey, milliseconds: milliseconds, bodyLength: length, into: &buffer)
        // A chunk of no bytes would end the response.
        if length > 0 { writeChunk(body, into: &buffer) }
        return buffer
    }

    // MARK: Chunked coding (RFC 9112 section 7.1)

    /// Eight hexadecimal digits and a line end: as long for every chunk, so that it can be written after what it frames.
    static let chunkHeadLength = 10
    static let prefixChunkLength = chunkHeadLength + prefixLength + 2

    static func writeChunkHead(length: Int, into buffer: inout ByteBuffer) {
        for shift in stride(from: 28, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: length >> shift & 0xF)
            buffer.writeInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        buffer.writeStaticString("\r\n")
    }

    static func writePrefixChunk(
        feed: UInt32, kind: Kind, isKey: Bool, milliseconds: UInt32, bodyLength: Int, into buffer: inout ByteBuffer
    ) {
        writeChunkHead(length: prefixLength, into: &buffer)
        buffer.writeMultipleIntegers(
            UInt32(truncatingIfNeeded: bodyLength), feed, kind.rawValue, UInt8(isKey ? 1 : 0), UInt16(0), milliseconds)
        buffer.writeStaticString("\r\n")
    }

    private static func writeChunk(_ bytes: ByteBuffer, into buffer: inout ByteBuffer) {
        writeChunkHead(length: bytes.readableBytes, into: &buffer)
        buffer.writeImmutableBuffer(bytes)
        buffer.writeStaticString("\r\n")
    }
}
