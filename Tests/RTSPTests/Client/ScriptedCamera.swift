import NIOCore
import NIOPosix

@testable import RTSP

/// A camera on a free port of loopback that does what a test says: each request is given to the script, whose bytes are
/// sent as they are.
final class ScriptedCamera: Sendable {
    enum Reply: Sendable {
        case response(RTSPResponse)
        case bytes([UInt8])
        case close
    }

    /// The requests of one connection so far, the present one last; and the connection's number from 0.
    typealias Script = @Sendable (_ requests: [RTSPRequest], _ connection: Int) -> [Reply]

    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    private init(channel: any Channel) { self.channel = channel }

    /// Runs `body` while the camera listens.
    static func with<Result: Sendable>(
        _ script: @escaping Script, _ body: (ScriptedCamera) async throws -> Result
    ) async throws -> Result {
        let counter = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        let channel = try await ServerBootstrap(group: counter.eventLoop)
            .childChannelInitializer { channel in
                let number = counter.value
                counter.value += 1
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script: script, connection: number))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let camera = ScriptedCamera(channel: channel)
        do {
            let result = try await body(camera)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let script: Script
        private let connection: Int
        private var decoder = RTSPDecoder()
        private var pending = ByteBuffer()
        private var requests: [RTSPRequest] = []

        init(script: @escaping Script, connection: Int) {
            self.script = script
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            pending.writeBuffer(&bytes)
            while let element = try? decoder.next(from: &pending) {
                guard case .request(let request) = element else { continue }
                requests.append(request)
                for reply in script(requests, connection) { send(reply, to: request, context) }
            }
        }

        private func send(_ reply: Reply, to request: RTSPRequest, _ context: ChannelHandlerContext) {
            var buffer = ByteBuffer()
            switch reply {
            case .close: return context.close(promise: nil)
            case .bytes(let bytes): buffer.writeBytes(bytes)
            case .response(var response):
                if response.headers["CSeq"] == nil, let sequence = request.headers["CSeq"] {
                    response.headers.add("CSeq", sequence)
                }
                response.serialize(into: &buffer)
            }
            context.writeAndFlush(NIOAny(buffer), promise: nil)
        }
    }
}

extension ScriptedCamera {
    static func response(_ status: Int = 200, _ headers: RTSPHeaders = [:], body: String = "") -> Reply {
        .response(RTSPResponse(status: status, headers: headers, body: ByteBuffer(string: body)))
    }

    /// What a camera in order answers; `packets` follow the response to PLAY.
    static func ordinary(_ request: RTSPRequest, packets: Int = 20) -> [Reply] {
        switch request.method {
        case .options: [response(200, ["Public": "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"])]
        case .describe: [response(200, ["Content-Type": "application/sdp"], body: RTSPClientStateMachineTests.sdp)]
        case .setup:
            [response(200, ["Session": "abc;timeout=60", "Transport": "RTP/AVP/TCP;unicast;interleaved=2-3"])]
        case .play: [response(200)] + (0..<packets).map { .bytes(packet(UInt8(truncatingIfNeeded: $0))) }
        case .getParameter, .teardown: [response(200)]
        default: [response(501)]
        }
    }

    /// An interleaved RTP packet on channel 2 whose payload is `number`, over and over.
    static func packet(_ number: UInt8, size: Int = 200) -> [UInt8] {
        [0x24, 2, UInt8((size + 12) >> 8), UInt8((size + 12) & 255), 0x80, 96, 0, number, 0, 0, 0, 0, 0, 0, 0, 1]
            + [UInt8](repeating: number, count: size)
    }
}
