import GatewayCore
import NIOCore

/// `/media/live.m3u8?ticket=…` opens a view and leads to `/media/hls/TOKEN/live.m3u8`; from there on the token is the
/// viewer, and every answer but that first one is the same for all viewers of the feed.
extension MediaHandler {
    func openHLS(ticket: String, query: Substring, context: ChannelHandlerContext) {
        if let view = relay.hls.view(ticket: ticket), view.ended == nil { return lead(to: view, query: query, context) }
        let peer = Self.peer(context.channel)
        switch relay.gate.admit(ViewRequest(ticket: ticket, medium: .hls, peer: peer)) {
        case .refused(let error): refuse(error, context)
        case .granted(let grant):
            guard let feed = relay.feed(grant.feed) else { return refuse(503, "unavailable", "服务正在停止", context) }
            guard !isHead else { return passHead(contentType: SegmentWindow.contentType, context) }
            let view = relay.hls.open(
                grant, ticket: ticket, feed: feed, peer: peer, gate: relay.gate, on: context.eventLoop)
            answer(with: view, context) { handler, context, result in
                switch result {
                case .success(let view): handler.lead(to: view, query: query, context)
                case .failure(let error as GatewayError): handler.refuse(error, context)
                case .failure: handler.refuse(503, "unavailable", "服务正在停止", context)
                }
            }
        }
    }

    private func lead(to view: HLSView, query: Substring, _ context: ChannelHandlerContext) {
        let directives = query.split(separator: "&").filter { $0.hasPrefix("_HLS_") }.joined(separator: "&")
        let place = "/media/hls/\(view.token)/live.m3u8" + (directives.isEmpty ? "" : "?\(directives)")
        respond(302, contentType: "text/plain", headers: [("Location", place)], body: [], context)
    }

    /// - Parameter path: behind `/media/hls/`.
    func serveHLS(_ path: Substring, query: Substring, context: ChannelHandlerContext) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let view = relay.hls.view(token: parts[0]) else {
            return refuse(404, "viewUnknown", "该播放已结束,请重新申请播放凭证", context)
        }
        guard view.ended == nil else { return refuse(403, "ended", "该播放已被终止", context) }
        view.asked()
        do {
            let request = try HLSRequest(name: parts[1], query: query)
            let feed = view.feed
            answer(with: feed.loop.flatSubmit { feed.answerHLS(request) }.hop(to: context.eventLoop), context) {
                handler, context, result in
                handler.respond((try? result.get()) ?? .refused(503), to: view, context)
            }
        } catch {
            switch error {
            case .unknown: refuse(404, "notFound", "没有这个媒体地址", context)
            case .badDirective: refuse(400, "invalid", "无法识别的 _HLS_ 参数", context)
            }
        }
    }

    private func respond(_ answer: HLSAnswer, to view: HLSView, _ context: ChannelHandlerContext) {
        // What was held back may be of a view that ended meanwhile.
        guard view.ended == nil else { return refuse(403, "ended", "该播放已被终止", context) }
        switch answer.status {
        case 200:
            view.sent(answer.byteCount)
            respond(200, contentType: answer.contentType, body: answer.body, context)
        case 400: refuse(400, "invalid", "请求的分段超出播放列表", context)
        case 404: refuse(404, "notFound", "该分段不在播放列表中", context)
        default: refuse(503, "unavailable", "暂时没有画面", context)
        }
    }
}
