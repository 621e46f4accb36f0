import GatewayCore
import NIOCore

/// One view of a feed as a row of JPEG pictures (`multipart/x-mixed-replace`, as browsers have shown it in an `<img>` since
/// Netscape 1.1, in the framing of RFC 2046 section 5.1).
// SAFETY: mutable state is touched on its connection's loop only.
final class PreviewViewer: AdmittedView, @unchecked Sendable {
    static let contentType = "multipart/x-mixed-replace; boundary=lookout-picture"
    private static let boundary = "--lookout-picture\r\n"

    let grant: ViewGrant
    let eventLoop: any EventLoop
    private let peer: String
    private let output: HTTPMediaOutput
    private let stallTime: TimeAmount
    private var meter = ViewerMeter()
    private(set) var isGone = false
    private(set) var endReason: ViewEndReason?

    init(grant: ViewGrant, peer: String, output: HTTPMediaOutput, stallTime: TimeAmount) {
        self.grant = grant
        self.peer = peer
        self.output = output
        self.stallTime = stallTime
        eventLoop = output.eventLoop
    }

    var bytes: Int64 { meter.bytes }
    var figures: ViewerFigures? {
        ViewerFigures(grant, .preview, peer: peer, meter, queuedBytes: output.pendingBytes)
    }

    /// One picture as a chunk, shared by all. The boundary stands behind it: browsers show a picture when they have seen it.
    static func part(_ jpeg: [UInt8]) -> ByteBuffer {
        let head = "Content-Type: image/jpeg\r\nContent-Length: \(jpeg.count)\r\n\r\n"
        var body = ByteBufferAllocator().buffer(capacity: head.utf8.count + jpeg.count + 2 + boundary.utf8.count)
        body.writeString(head)
        body.writeBytes(jpeg)
        body.writeString("\r\n" + boundary)
        return ConsoleMessage.plainChunk(body)
    }

    func begin() { write(ConsoleMessage.plainChunk(ByteBuffer(string: Self.boundary))) }

    /// A client that has not taken what it has gets no more; one that takes nothing for long is let go.
    func deliver(_ part: ByteBuffer) {
        guard !isGone else { return }
        guard output.pendingBytes == 0 else {
            meter.skip()
            if output.isStalled(longerThan: stallTime) { revoke(.stalled) }
            return
        }
        write(part, pictures: 1)
    }

    private func write(_ chunk: ByteBuffer, pictures: Int = 0) {
        output.write(chunk)
        output.flush()
        meter.wrote(chunk.readableBytes, cachedFrames: pictures)
    }

    func revoke(_ reason: ViewEndReason) {
        guard !isGone else { return }
        endReason = endReason ?? reason
        output.close()
    }

    func gone() { isGone = true }
}
