import Hummingbird
import NIOCore

/// One event as `text/event-stream` has it (WHATWG HTML, section 9.2): `id`, `event`, `data`, an empty line.
enum ServerSentEvent {
    static let contentType = "text/event-stream; charset=utf-8"
    static let keepAlive = ByteBuffer(string: ": keep-alive\n\n")
    /// How long a browser waits before it comes back, in milliseconds.
    static let opening = ByteBuffer(string: "retry: 2000\n\n")

    /// - Parameter data: one line; JSON has no raw line break.
    static func bytes(id: Int64, kind: String, data: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        let singleLine = kind.filter { !$0.isNewline }
        buffer.writeString("id: \(id)\nevent: \(singleLine)\ndata: ")
        buffer.writeImmutableBuffer(data)
        buffer.writeString("\n\n")
        return buffer
    }
}
