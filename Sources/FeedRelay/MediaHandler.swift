import Foundation
import GatewayCore
import NIOCore
import NIOHTTP1

/// Serves `/media/…` on the event loop, on the API's port: a console's connection, one live feed, a still.
///
/// Sits directly behind NIO's HTTP decoding, before anything of the web framework: requests that it does not know go on
/// unseen. Bodies are written past the response encoder.
///
/// ## Concurrency model
/// Confined to its channel's event loop.
package final class MediaHandler: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart

    /// The name of the session cookie.
    package static let sessionCookie = "lookout_session"

    private enum State {
        case passing
        /// Its head was taken; the rest of the request is swallowed, then it is answered.
        case taking(HTTPRequestHead)
        /// A still is being made.
        case answering
        case console(ConsoleConnection)
        case live(LiveViewer, Feed)
        case preview(PreviewViewer, Preview)
        case closed
    }

    let relay: FeedRelay
    private let consoles: ConsoleDirectory
    private let stills: StillMaker
    private let previews: Previews
    private let intercepted: @Sendable (any Channel) -> Void
    private var state = State.passing
    /// Of the request under way.
    private var closesAfterAnswer = false
    private(set) var isHead = false
    private var bodyBytes = 0
    private static let longestBody = 64 << 10

    /// - Parameter intercepted: called on the loop when a connection becomes an endless response: whoever set an idle
    ///   timer on it takes it away.
    package init(
        relay: FeedRelay, consoles: ConsoleDirectory, stills: StillMaker, previews: Previews,
        intercepted: @escaping @Sendable (any Channel) -> Void
    ) {
        self.relay = relay
        self.consoles = consoles
        self.stills = stills
        self.previews = previews
        self.intercepted = intercepted
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (state, part) {
        case (.passing, .head(let head)) where head.uri.hasPrefix("/media/"):
            closesAfterAnswer = !head.isKeepAlive
            isHead = head.method == .HEAD
            state = .taking(head)
        case (.taking, .body(let bytes)):
            // Nothing here takes a body: one that goes on and on is not waited for.
            bodyBytes += bytes.readableBytes
            if bodyBytes > Self.longestBody { context.close(promise: nil) }
        case (.passing, _):
            context.fireChannelRead(data)
        case (.taking(let head), .end):
            answer(head, context: context)
        case (.answering, .head), (.console, .head), (.live, .head), (.preview, .head):
            // A second request on a connection that is not done with the first.
            context.close(promise: nil)
        case (.taking, _), (.answering, _), (.console, _), (.live, _), (.preview, _), (.closed, _):
            break
        }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { ended() }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (state, event) {
        case (.console, is ChannelShouldQuiesceEvent), (.live, is ChannelShouldQuiesceEvent),
            (.preview, is ChannelShouldQuiesceEvent):
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func ended() {
        let last = state
        state = .closed
        switch last {
        case .console(let connection): connection.channelClosed()
        case .live(let viewer, let feed):
            guard let loop = liveLoop else { return }
            viewer.gone()
            feed.loop.execute { feed.leave(viewer, on: loop) }
            relay.gate.viewEnded(viewer.grant, bytes: viewer.bytes, reason: viewer.endReason ?? .left)
        case .preview(let viewer, let preview):
            viewer.gone()
            preview.feed.loop.execute { preview.leave(viewer) }
            previews.leave(preview.feed.id)
            relay.gate.viewEnded(viewer.grant, bytes: viewer.bytes, reason: viewer.endReason ?? .left)
        case .passing, .taking, .answering, .closed: break
        }
    }

    private var liveLoop: (any EventLoop)?

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map(String.init) ?? ""
        let query = parts.count > 1 ? parts[1] : ""
        let ticket = FeedPresentations.ticket(String(query))
        guard head.method == .GET || head.method == .HEAD else { return refuse(405, "methodNotAllowed", "只支持 GET", context) }
        if path.hasPrefix("/media/consoles/") {
            openConsole(String(path.dropFirst("/media/consoles/".count)), head: head, context: context)
        } else if let medium = Self.media[path] {
            guard let ticket else { return refuse(401, "ticketMissing", "缺少播放凭证", context) }
            let peer = Self.peer(context.channel)
            switch relay.gate.admit(ViewRequest(ticket: ticket, medium: medium, peer: peer)) {
            case .refused(let error): refuse(error, context)
            case .granted(let grant):
                switch medium {
                case .live: openLive(grant, isTranscoded: Self.asksForTranscode(query), peer: peer, context: context)
                case .preview: openPreview(grant, peer: peer, context: context)
                default: still(grant, ticket: ticket, context: context)
                }
            }
        } else if path == "/media/live.m3u8" {
            guard let ticket else { return refuse(401, "ticketMissing", "缺少播放凭证", context) }
            openHLS(ticket: ticket, query: query, context: context)
        } else if path.hasPrefix("/media/hls/") {
            serveHLS(path.dropFirst("/media/hls/".count), query: query, context: context)
        } else {
            refuse(404, "notFound", "没有这个媒体地址", context)
        }
    }

    private func openConsole(_ name: String, head: HTTPRequestHead, context: ChannelHandlerContext) {
        guard let credential = Self.credential(head.headers) else { return refuse(401, "unauthenticated", "请先登录", context) }
        guard let id = ConsoleID(rawValue: name), let console = consoles.console(id, credential: credential),
            let output = output(context)
        else { return refuse(404, "consoleUnknown", "控制台已失效,请重新打开", context) }
        guard !isHead else { return passHead(contentType: "application/octet-stream", context) }
        begin(context, contentType: "application/octet-stream")
        let connection = ConsoleConnection(output: output, console: console, relay: relay, peer: Self.peer(context.channel))
        state = .console(connection)
        intercepted(context.channel)
        connection.open()
    }

    /// Where one ticket is one answer.
    private static let media: [String: ViewMedium] = [
        "/media/live": .live, "/media/snapshot": .snapshot, "/media/preview": .preview,
    ]

    /// `transcode=1`: as H.264, whatever the camera sends.
    private static func asksForTranscode(_ query: Substring) -> Bool { query.split(separator: "&").contains("transcode=1") }

    private func openLive(_ grant: ViewGrant, isTranscoded: Bool, peer: String, context: ChannelHandlerContext) {
        guard !isHead else { return passHead(contentType: "video/mp4", context) }
        if isTranscoded, case .failure(let error) = relay.transcode(of: grant.feed) {
            return refuse(503, error.reason, error.message, context)
        }
        guard let feed = relay.feed(Rendition(grant.feed, isTranscoded: isTranscoded)), let output = output(context) else {
            return refuse(503, "unavailable", "服务正在停止", context)
        }
        begin(context, contentType: "video/mp4")
        let viewer = LiveViewer(grant: grant, peer: peer, output: output, queueLimit: relay.options.viewerQueueBytes)
        let loop = context.eventLoop
        liveLoop = loop
        state = .live(viewer, feed)
        intercepted(context.channel)
        feed.loop.execute { feed.join(viewer, on: loop) }
        // After the joining, so that what ended meanwhile finds the viewer.
        relay.gate.viewStarted(grant, medium: .live, peer: peer)
    }

    private func openPreview(_ grant: ViewGrant, peer: String, context: ChannelHandlerContext) {
        guard !isHead else { return passHead(contentType: PreviewViewer.contentType, context) }
        guard let output = output(context), let preview = previews.join(grant.feed, relay: relay) else {
            return refuse(503, "previewsFull", "动态预览路数已满,请稍后再试", context)
        }
        begin(context, contentType: PreviewViewer.contentType)
        let viewer = PreviewViewer(
            grant: grant, peer: peer, output: output, stallTime: TimeAmount(relay.options.viewerStallTime))
        state = .preview(viewer, preview)
        intercepted(context.channel)
        viewer.begin()
        preview.feed.loop.execute { preview.join(viewer) }
        // After the joining, so that what ended meanwhile finds the viewer.
        relay.gate.viewStarted(grant, medium: .preview, peer: peer)
    }

    private func still(_ grant: ViewGrant, ticket: String, context: ChannelHandlerContext) {
        let grant = stills.views.join(
            ticket, grant: grant, peer: Self.peer(context.channel), gate: relay.gate, on: context.eventLoop)
        let (relay, stills) = (relay, stills)
        let jpeg = context.eventLoop.makeFutureWithTask { try await stills.still(of: grant.feed, relay: relay) }
        answer(with: jpeg, context) { handler, context, result in
            switch result {
            case .success(let jpeg):
                stills.views.sent(jpeg.count, for: ticket)
                handler.respond(200, contentType: "image/jpeg", body: [ByteBuffer(bytes: jpeg)], context)
            case .failure(let error):
                let failure = error as? FeedFailure
                handler.refuse(503, failure?.outcome.rawValue ?? "unavailable", failure?.message ?? "暂时没有画面", context)
            }
        }
    }

    /// Answers when the future, on the connection's loop, has its result, if the connection is still there.
    func answer<Value: Sendable>(
        with future: EventLoopFuture<Value>, _ context: ChannelHandlerContext,
        _ body: @escaping @Sendable (MediaHandler, ChannelHandlerContext, Result<Value, any Error>) -> Void
    ) {
        state = .answering
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        future.whenComplete { result in
            let (handler, context) = bound.value
            guard case .answering = handler.state else { return }
            body(handler, context, result)
        }
    }

    // MARK: Responses

    func passHead(contentType: String, _ context: ChannelHandlerContext) {
        respond(200, contentType: contentType, body: [], context)
    }

    private func output(_ context: ChannelHandlerContext) -> HTTPMediaOutput? {
        guard let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else { return nil }
        _ = try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
        return HTTPMediaOutput(channel: context.channel, encoderContext: encoder)
    }

    private func begin(_ context: ChannelHandlerContext, contentType: String) {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: \(contentType)\r\nTransfer-Encoding: chunked\r\nCache-Control: no-store\r\n"
            + "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n\r\n"
        output(context)?.write(ByteBuffer(string: head))
        output(context)?.flush()
    }

    /// A whole answer; the connection goes on to serve. Nothing of it may be kept: it is one person's.
    func respond(
        _ status: Int, contentType: String, headers: [(String, String)] = [], body: [ByteBuffer], _ context: ChannelHandlerContext
    ) {
        state = .passing
        guard let output = output(context) else { return context.close(promise: nil) }
        let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
        let bytes = ByteBuffer(
            string:
                "HTTP/1.1 \(status) \(reason)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.reduce(0) { $0 + $1.readableBytes })\r\n"
                + headers.map { "\($0.0): \($0.1)\r\n" }.joined()
                + "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                + (closesAfterAnswer ? "Connection: close\r\n\r\n" : "\r\n"))
        bodyBytes = 0
        var last = bytes
        for part in isHead ? [] : body {
            output.write(last)
            last = part
        }
        if closesAfterAnswer {
            output.finish(last)
        } else {
            output.write(last)
            output.flush()
        }
    }

    func refuse(_ error: GatewayError, _ context: ChannelHandlerContext) {
        refuse(error.code == .unauthenticated ? 401 : 403, error.reason, error.message, context)
    }

    /// Answers with the API's error shape; the connection goes on to serve.
    func refuse(_ status: Int, _ reason: String, _ message: String, _ context: ChannelHandlerContext) {
        struct Body: Encodable {
            struct Failure: Encodable {
                let code, reason, message: String
                let details: [String: String] = [:]
            }
            let error: Failure
        }
        let code =
            [400: "invalid", 401: "unauthenticated", 403: "forbidden", 404: "notFound", 405: "invalid"][status] ?? "unavailable"
        let body = Body(error: .init(code: code, reason: reason, message: message))
        let json = (try? JSONEncoder().encode(body)) ?? Data("{}".utf8)
        respond(status, contentType: "application/json; charset=utf-8", body: [ByteBuffer(bytes: json)], context)
    }

    static func peer(_ channel: any Channel) -> String {
        channel.remoteAddress.map { "\($0.ipAddress ?? "local"):\($0.port ?? 0)" } ?? "local"
    }

    /// The session token that a request presents: as bearer, else as cookie.
    static func credential(_ headers: HTTPHeaders) -> String? {
        if let bearer = headers.first(name: "authorization"), bearer.lowercased().hasPrefix("bearer ") {
            return String(bearer.dropFirst(7))
        }
        for header in headers["cookie"] {
            for pair in header.split(separator: ";") {
                let pair = pair.drop(while: { $0 == " " })
                if pair.hasPrefix(sessionCookie + "=") { return String(pair.dropFirst(sessionCookie.count + 1)) }
            }
        }
        return nil
    }
}
