import NIOCore

/// A message of ``DecoderMessage`` without its length.
struct LengthFieldDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return .needMoreData }
        guard length <= DecoderMessage.longest else { throw DecoderFailure.died }
        guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let message = buffer.readSlice(length: Int(length)) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(message))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        while try decode(context: context, buffer: &buffer) == .continue {}
        return .needMoreData
    }
}

/// Hands the decoder's replies to its owner, and says when its process is gone. Confined to the channel's loop.
final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let took: (ByteBuffer) -> Void
    private let ended: () -> Void

    init(took: @escaping (ByteBuffer) -> Void, ended: @escaping () -> Void) {
        self.took = took
        self.ended = ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { took(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
