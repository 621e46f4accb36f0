import NIOCore

/// Cuts what a demuxer writes into packets and messages. Confined to the channel's loop.
final class DemuxerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let process: DemuxerProcess
    private let gone: () -> Void
    /// The beginning of a frame that has not come whole.
    private var rest: ByteBuffer?

    /// - Parameter gone: the process has closed its end, or is to be ended.
    init(process: DemuxerProcess, gone: @escaping () -> Void) {
        self.process = process
        self.gone = gone
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var rest = rest.take() {
            rest.writeImmutableBuffer(buffer)
            buffer = rest
        }
        while buffer.readableBytes >= DemuxerMessage.headLength {
            guard
                let (mark, code, length) = buffer.getMultipleIntegers(
                    at: buffer.readerIndex, as: (UInt8, UInt8, UInt16).self),
                mark == UInt8(ascii: "$"), let channel = DemuxerMessage.Channel(rawValue: code)
            else { return context.close(promise: nil) }
            let end = DemuxerMessage.headLength + Int(length)
            guard buffer.readableBytes >= end else { break }
            if channel == .packet {
                process.received(packet: buffer.readableBytesSpan.extracting(DemuxerMessage.headLength..<end))
                buffer.moveReaderIndex(forwardBy: end)
            } else {
                buffer.moveReaderIndex(forwardBy: DemuxerMessage.headLength)
                guard let message = buffer.readSlice(length: Int(length)) else { break }
                process.received(message, on: channel)
            }
        }
        if buffer.readableBytes > 0 { rest = buffer }
    }

    func channelInactive(context: ChannelHandlerContext) {
        gone()
        process.ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
