import NIOCore

/// One RTSP request (RFC 2326 section 6).
package struct RTSPRequest: Hashable, Sendable {
    package var method: RTSPMethod
    /// As on the wire: an absolute URL, or `*`.
    package var uri: String
    package var headers: RTSPHeaders
    package var body: ByteBuffer

    package init(method: RTSPMethod, uri: String, headers: RTSPHeaders = RTSPHeaders(), body: ByteBuffer = ByteBuffer()) {
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body
    }

    /// Appends the message in RTSP/1.0; `Content-Length` is written here, from the body, and only if there is one.
    package func serialize(into buffer: inout ByteBuffer) {
        buffer.writeHeadText(method.rawValue)
        buffer.writeStaticString(" ")
        buffer.writeHeadText(uri)
        buffer.writeStaticString(" RTSP/1.0\r\n")
        headers.serialize(into: &buffer, bodyLength: body.readableBytes)
        buffer.writeImmutableBuffer(body)
    }
}
