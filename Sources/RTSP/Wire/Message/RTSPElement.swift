import NIOCore

/// What can stand next on an RTSP connection: a message, or a frame of interleaved binary data (RFC 2326 section 10.12).
package enum RTSPElement: Hashable, Sendable {
    case request(RTSPRequest)
    case response(RTSPResponse)
    /// `payload` is a slice of the buffer it was read from: copy what outlives the read.
    case interleaved(channel: UInt8, payload: ByteBuffer)
}
