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
        case closed
    }

    private let relay: FeedRelay
    private let consoles: ConsoleDirectory
    private let stills: StillMaker
    private let intercepted: @Sendable (any Channel) -> Void
    private var state = State.passing
    /// Of the request under way.
    private var closesAfterAnswer = false
    private var isHead = false
    private var bodyBytes = 0
    private static let longestBody = 64 << 10

    /// - Parameter intercepted: called on the loop when a connection becomes an endless response: whoever set an idle
    ///   timer on it takes it away.
    package init(
        relay: FeedRelay, consoles: ConsoleDirectory, stills: StillMaker, intercepted: @escaping @Sendable (any Channel) -> Void
    ) {
        self.relay = relay
        self.consoles = consoles
        self.stills = stills
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
        case (.answering, .head), (.console, .head), (.live, .head):
            // A second request on a connection that is not done with the first.
            context.close(promise: nil)
        case (.taking, _), (.answering, _), (.console, _), (.live, _), (.closed, _):
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
        case (.console, is ChannelShouldQuiesceEvent), (.live, is ChannelShouldQuiesceEvent):
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
        case .passing, .taking, .answering, .closed: break
        }
    }

    private var liveLoop: (any EventLoop)?

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map(String.init) ?? ""
        let ticket = parts.count > 1 ? FeedPresentations.ticket(String(parts[1])) : nil
        guard head.method == .GET || head.method == .HEAD else { return refuse(405, "methodNotAllowed", "只支持 GET", context) }
        if path.hasPrefix("/media/consoles/") {
            openConsole(String(path.dropFirst("/media/consoles/".count)), head: head, context: context)
        } else if path == "/media/live" || path == "/media/snapshot" {
            guard let ticket else { return refuse(401, "ticketMissing", "缺少播放凭证", context) }
            let medium: ViewMedium = path == "/media/live" ? .live : .snapshot
            let peer = Self.peer(context.channel)
            switch relay.gate.admit(ViewRequest(ticket: ticket, medium: medium, peer: peer)) {
            case .refused(let error):
                refuse(error.code == .unauthenticated ? 401 : 403, error.reason, error.message, context)
            case .granted(let grant):
                if medium == .live {
                    openLive(grant, peer: peer, context: context)
                } else {
                    still(grant, ticket: ticket, context: context)
                }
            }
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

    private func openLive(_ grant: ViewGrant, peer: String, context: ChannelHandlerContext) {
        guard let feed = relay.feed(grant.feed), let output = output(context) else {
            return refuse(503, "unavailable", "服务正在停止", context)
        }
        guard !isHead else { return passHead(contentType: "video/mp4", context) }
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

    private func still(_ grant: ViewGrant, ticket: String, context: ChannelHandlerContext) {
        state = .answering
        let grant = stills.views.join(
            ticket, grant: grant, peer: Self.peer(context.channel), gate: relay.gate, on: context.eventLoop)
        let (relay, stills) = (relay, stills)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.makeFutureWithTask { try await stills.still(of: grant.feed, relay: relay) }
            .assumeIsolated().whenComplete { result in
                let (handler, context) = bound.value
                guard case .answering = handler.state else { return }
                switch result {
                case .success(let jpeg):
                    stills.views.sent(jpeg.count, for: ticket)
                    handler.state = .passing
                    handler.respond(200, contentType: "image/jpeg", body: ByteBuffer(bytes: jpeg), context)
                case .failure(let error):
                    let failure = error as? FeedFailure
                    handler.refuse(503, failure?.outcome.rawValue ?? "unavailable", failure?.message ?? "暂时没有画面", context)
                }
            }
    }

    // MARK: Responses

    private func passHead(contentType: String, _ context: ChannelHandlerContext) {
        state = .passing
        respond(200, contentType: contentType, body: ByteBuffer(), context)
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

    private func respond(_ status: Int, contentType: String, body: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let output = output(context) else { return context.close(promise: nil) }
        let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
        var bytes = ByteBuffer(
            string:
                "HTTP/1.1 \(status) \(reason)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.readableBytes)\r\n"
                + "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                + (closesAfterAnswer ? "Connection: close\r\n\r\n" : "\r\n"))
        if !isHead { bytes.writeImmutableBuffer(body) }
        bodyBytes = 0
        if closesAfterAnswer {
            output.finish(bytes)
        } else {
            output.write(bytes)
            output.flush()
        }
    }

    /// Answers with the API's error shape; the connection goes on to serve.
    private func refuse(_ status: Int, _ reason: String, _ message: String, _ context: ChannelHandlerContext) {
        struct Body: Encodable {
            struct Failure: Encodable {
                let code, reason, message: String
                let details: [String: String] = [:]
            }
            let error: Failure
        }
        let code = [401: "unauthenticated", 403: "forbidden", 404: "notFound", 405: "invalid"][status] ?? "unavailable"
        let body = Body(error: .init(code: code, reason: reason, message: message))
        let json = (try? JSONEncoder().encode(body)) ?? Data("{}".utf8)
        state = .passing
        respond(status, contentType: "application/json; charset=utf-8", body: ByteBuffer(bytes: json), context)
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
