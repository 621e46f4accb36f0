import NIOCore

/// One RTSP response (RFC 2326 section 7).
package struct RTSPResponse: Hashable, Sendable {
    /// 100…999.
    package var status: Int
    package var reason: String
    package var headers: RTSPHeaders
    package var body: ByteBuffer

    /// - Parameter reason: the phrase of RFC 2326 section 7.1.1 unless told.
    package init(
        status: Int, reason: String? = nil, headers: RTSPHeaders = RTSPHeaders(), body: ByteBuffer = ByteBuffer()
    ) {
        self.status = status
        self.reason = reason ?? Self.phrase(status)
        self.headers = headers
        self.body = body
    }

    /// Appends the message in RTSP/1.0; `Content-Length` is written here, from the body, and only if there is one.
    package func serialize(into buffer: inout ByteBuffer) {
        buffer.writeString("RTSP/1.0 \(status) ")
        buffer.writeHeadText(reason)
        buffer.writeStaticString("\r\n")
        headers.serialize(into: &buffer, bodyLength: body.readableBytes)
        buffer.writeImmutableBuffer(body)
    }

    package static func phrase(_ status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 303: "See Other"
        case 305: "Use Proxy"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Large"
        case 415: "Unsupported Media Type"
        case 451: "Parameter Not Understood"
        case 453: "Not Enough Bandwidth"
        case 454: "Session Not Found"
        case 455: "Method Not Valid in This State"
        case 457: "Invalid Range"
        case 459: "Aggregate Operation Not Allowed"
        case 460: "Only Aggregate Operation Allowed"
        case 461: "Unsupported Transport"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "RTSP Version Not Supported"
        case 551: "Option Not Supported"
        default: "Unknown"
        }
    }
}
