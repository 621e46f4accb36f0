import GatewayCore
import NIOCore

/// Messages of a console's one connection: a chunk of HTTP/1.1 chunked coding that holds a 16-byte prefix and a body.
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

    static func fragment(feed: UInt32, isKey: Bool, time: MediaTime, fragment: ByteBuffer) -> ByteBuffer {
        chunk(
            feed: feed, kind: .fragment, isKey: isKey, milliseconds: UInt32(truncatingIfNeeded: time.ticks / 90), body: fragment)
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
        var buffer = ByteBufferAllocator().buffer(capacity: bytes.readableBytes + 12)
        buffer.writeString(String(bytes.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(bytes)
        buffer.writeStaticString("\r\n")
        return buffer
    }

    private static func chunk(feed: UInt32, kind: Kind, isKey: Bool, milliseconds: UInt32, body: ByteBuffer) -> ByteBuffer {
        let length = body.readableBytes
        var buffer = ByteBufferAllocator().buffer(capacity: length + prefixLength + 12)
        buffer.writeString(String(length + prefixLength, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeMultipleIntegers(
            UInt32(truncatingIfNeeded: length), feed, kind.rawValue, UInt8(isKey ? 1 : 0), UInt16(0), milliseconds)
        buffer.writeImmutableBuffer(body)
        buffer.writeStaticString("\r\n")
        return buffer
    }
}
