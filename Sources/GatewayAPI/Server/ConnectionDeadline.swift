import NIOCore
import NIOHTTP1

/// Closes connections that are too slow, in front of every other handler of HTTP parts.
///
/// Hummingbird's own idle timer begins anew with each byte of a body and never sees a request that the media handler took;
/// this one sees all of them. It holds one scheduled task at most. A media handler whose response has no end says so by
/// ``release(_:)``.
///
/// ## Concurrency model
/// Confined to the channel's event loop.
package final class ConnectionDeadline: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart

    private var state: StateMachine
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private var context: ChannelHandlerContext?

    package init(limits: Limits) { self.state = StateMachine(limits: limits) }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { open(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { stop() }

    package func channelActive(context: ChannelHandlerContext) {
        open(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): state.headRead(path: head.uri, at: .now())
        case .body(let bytes):
            guard !state.bodyRead(byteCount: bytes.readableBytes) else {
                context.close(promise: nil)
                return
            }
        case .end: state.endRead(at: .now())
        }
        schedule(context)
        context.fireChannelRead(data)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        state.writabilityChanged(isWritable: context.channel.isWritable, at: .now())
        schedule(context)
        context.fireChannelWritabilityChanged()
    }

    /// The application has written a whole response.
    func responseWritten() {
        guard let context else { return }
        state.responseWritten(at: .now())
        schedule(context)
    }

    /// The connection now carries an endless response of a media handler. Called on its loop.
    package static func release(_ channel: any Channel) {
        // Without this handler nothing was timed.
        guard let handler = try? channel.pipeline.syncOperations.handler(type: ConnectionDeadline.self) else { return }
        handler.state.takenOver()
    }

    private func open(_ context: ChannelHandlerContext) {
        state.opened(at: .now())
        schedule(context)
    }

    private func stop() {
        timer?.task.cancel()
        timer = nil
        context = nil
    }

    /// A timer that is early enough is left alone; when it fires too early it is set again.
    private func schedule(_ context: ChannelHandlerContext) {
        guard let deadline = state.deadline else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self, let context = self.context else { return }
            self.timer = nil
            if self.state.timerFired(at: .now()) { context.close(promise: nil) } else { self.schedule(context) }
        }
        timer = (task, deadline)
    }
}
