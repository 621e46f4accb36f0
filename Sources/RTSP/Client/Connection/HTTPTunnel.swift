import Foundation
import GatewayCore
import NIOCore

/// RTSP within two HTTP connections, as QuickTime began it: the answers and packets come as the endless body of a GET, the
/// requests go as base 64 in the body of a POST, and a cookie joins both. Pure: what is written, and what the answer says.
struct HTTPTunnel {
    /// What the camera answered to the GET.
    struct Answer: Hashable {
        /// `nil` if it is no HTTP.
        let status: Int?
        let challenges: [AuthenticationChallenge]
    }

    static let get = RTSPMethod(rawValue: "GET")
    static let post = RTSPMethod(rawValue: "POST")

    let url: StreamURL
    let userAgent: String
    let cookie: String

    init(url: StreamURL, userAgent: String, cookie: String? = nil) {
        self.url = url
        self.userAgent = userAgent
        self.cookie = cookie ?? String(UInt64.random(in: .min ... .max) | 1 << 63, radix: 16)
    }

    func get(_ authorization: String?) -> String {
        head("GET", ["Accept: application/x-rtsp-tunnelled"], authorization)
    }

    /// The length is a matter of form: nobody counts it.
    func post(_ authorization: String?) -> String {
        head(
            "POST",
            [
                "Content-Type: application/x-rtsp-tunnelled", "Content-Length: 32767", "Expires: Sun, 9 Jan 1972 00:00:00 GMT",
            ], authorization)
    }

    private func head(_ method: String, _ fields: [String], _ authorization: String?) -> String {
        let host = url.host.contains(":") ? "[\(url.host)]" : url.host
        var lines = ["\(method) \(url.target) HTTP/1.0", "Host: \(host)", "User-Agent: \(userAgent)", "x-sessioncookie: \(cookie)"]
        lines += fields + ["Pragma: no-cache", "Cache-Control: no-cache"]
        if let authorization { lines.append("Authorization: \(authorization)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// The answer at the beginning of `bytes`, and its length; `nil` while it is not whole. Takes 16 KiB at most.
    static func answer(_ bytes: ByteBuffer) -> (Answer, length: Int)? {
        let none = Answer(status: nil, challenges: [])
        switch HeadEnd.find(bytes.readableBytesSpan, from: 0, limit: 16 << 10) {
        case .binary: return (none, bytes.readableBytes)
        case .incomplete(let searched): return searched >= 16 << 10 ? (none, bytes.readableBytes) : nil
        case .end(let length):
            let text = bytes.getString(at: bytes.readerIndex, length: length) ?? ""
            let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmed() }
            let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: true)
            guard words.count >= 2, words[0].hasPrefix("HTTP/") || words[0].hasPrefix("RTSP/") else { return (none, length) }
            let values = lines.dropFirst().compactMap { line -> String? in
                let pair = line.split(separator: ":", maxSplits: 1)
                guard pair.count == 2, pair[0].trimmed().lowercased() == "www-authenticate" else { return nil }
                return pair[1].trimmed()
            }
            return (Answer(status: Int(words[1]), challenges: AuthenticationChallenge.parse(values)), length)
        }
    }

    /// What goes into the body of the POST for one message.
    static func encoded(_ message: ByteBuffer) -> ByteBuffer {
        ByteBuffer(string: Data(message.readableBytesView).base64EncodedString())
    }
}

/// Waits for the answer to the GET of a tunnel; then every byte passes.
///
/// Confined to the channel's event loop.
final class HTTPTunnelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var then: ((HTTPTunnel.Answer) -> Void)?
    private var pending = ByteBuffer()

    init(then: @escaping (HTTPTunnel.Answer) -> Void) { self.then = then }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard then != nil else { return context.fireChannelRead(data) }
        var bytes = unwrapInboundIn(data)
        pending.writeBuffer(&bytes)
        guard let (answer, length) = HTTPTunnel.answer(pending) else { return }
        pending.moveReaderIndex(forwardBy: length)
        settle(answer)
        if pending.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(pending)) }
        pending = ByteBuffer()
    }

    func channelInactive(context: ChannelHandlerContext) {
        settle(HTTPTunnel.Answer(status: nil, challenges: []))
        context.fireChannelInactive()
    }

    private func settle(_ answer: HTTPTunnel.Answer) {
        let then = then
        self.then = nil
        then?(answer)
    }
}
