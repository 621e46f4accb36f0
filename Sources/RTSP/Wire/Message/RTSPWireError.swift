/// Bytes that are not what they must be. Every case is safe to print: none quotes a header's value.
package enum RTSPWireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first bytes are no RTSP message: a web server, another service, noise.
    case notRTSP
    case malformedStartLine
    case headTooLong(limit: Int)
    case tooManyHeaders(limit: Int)
    /// `Content-Length` is no number, negative where there must be a body, or contradicts itself.
    case malformedContentLength
    case bodyTooLong(limit: Int)
    /// Interleaved data lost its framing, and no frame or message was found within the limit.
    case desynchronized(skipped: Int)
    /// The text has not one line of SDP.
    case notSDP
    case tooManyMedia(limit: Int)
    /// The peer sends requests and does not read the answers.
    case unreadReplies

    package var description: String {
        switch self {
        case .notRTSP: "the peer does not speak RTSP"
        case .malformedStartLine: "a message begins with a malformed line"
        case .headTooLong(let limit): "a message head is longer than \(limit) bytes"
        case .tooManyHeaders(let limit): "a message has more than \(limit) header fields"
        case .malformedContentLength: "a Content-Length is not a number from 0"
        case .bodyTooLong(let limit): "a message announces a body of more than \(limit) bytes"
        case .desynchronized(let skipped): "interleaved data lost its framing and \(skipped) bytes held no new frame"
        case .notSDP: "the session description holds no SDP"
        case .tooManyMedia(let limit): "the session description names more than \(limit) media or attributes"
        case .unreadReplies: "the peer sends requests without reading the answers"
        }
    }
}
