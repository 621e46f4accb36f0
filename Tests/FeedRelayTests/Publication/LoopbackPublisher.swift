import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A publisher on loopback that says what the test wants said.
final class LoopbackPublisher: Sendable {
    static let sdp =
        "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=relay\r\nt=0 0\r\nm=video 0 RTP/AVP 102\r\na=rtpmap:102 H264/90000\r\n"
        + "a=fmtp:102 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgL/lwEQ=,aM48gA==\r\na=control:streamid=0\r\n"

    private let channel: any Channel
    private let heard = NIOLockedValueBox("")
    private let maker = NIOLockedValueBox(PacketMaker())
    private let uri: String

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let heard: NIOLockedValueBox<String>
        init(_ heard: NIOLockedValueBox<String>) { self.heard = heard }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            heard.withLockedValue { $0 += text }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    init(port: Int, ticket: String, on group: any EventLoopGroup) async throws {
        uri = "rtsp://127.0.0.1:\(port)/publish?ticket=\(ticket)"
        channel = try await ClientBootstrap(group: group)
            .channelInitializer { [heard] channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(heard)) }
            }.connect(host: "127.0.0.1", port: port).get()
    }

    var statuses: [Int] {
        heard.withLockedValue { $0.components(separatedBy: "RTSP/1.0 ").dropFirst().compactMap { Int($0.prefix(3)) } }
    }

    /// All that the server said.
    var answers: String { heard.withLockedValue { $0 } }

    var isOpen: Bool { channel.isActive }

    /// Sends the request and waits for the status of its answer; 0 if the connection ended instead.
    func ask(_ method: String, _ headers: String = "", path: String = "", body: String = "") async throws -> Int {
        let before = statuses.count
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        let text = "\(method) \(uri)\(path) RTSP/1.0\r\nCSeq: \(before + 1)\r\n\(headers)\(length)\r\n\(body)"
        try? await channel.writeAndFlush(ByteBuffer(string: text))
        return try await eventually("an answer to \(method)") {
            self.statuses.count > before ? self.statuses[before] : self.channel.isActive ? nil : 0
        }
    }

    func announce() async throws -> Int { try await ask("ANNOUNCE", "Content-Type: application/sdp\r\n", body: Self.sdp) }

    /// The status of the answer to an ANNOUNCE, and the answer.
    func announcement() async throws -> (status: Int, text: String) {
        let before = answers.count
        let status = try await announce()
        return (status, String(answers.dropFirst(before)))
    }

    /// ANNOUNCE, SETUP, RECORD: the last status.
    @discardableResult
    func publish() async throws -> Int {
        let announced = try await announce()
        guard announced == 200 else { return announced }
        return try await setUpAndRecord()
    }

    func setUpAndRecord() async throws -> Int {
        let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n"
        let setUp = try await ask("SETUP", transport, path: "/streamid=0")
        guard setUp == 200 else { return setUp }
        return try await ask("RECORD")
    }

    func send(key: Bool, payload: [UInt8]) async throws {
        let packet = maker.withLockedValue { maker in
            defer { maker.timestamp &+= 3_600 }
            return maker.packet([key ? 0x65 : 0x41] + payload, marker: true)
        }
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(0), UInt16(packet.count))
        frame.writeBytes(packet)
        try await channel.writeAndFlush(frame)
    }

    /// `count` times a frame of 60,000 bytes, as fast as they go.
    func flood(_ count: Int) async throws {
        for _ in 0..<count {
            let packet = maker.withLockedValue { $0.packet([0x41] + Array(repeating: 7, count: 60_000)) }
            var frame = ByteBuffer()
            frame.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(0), UInt16(packet.count))
            frame.writeBytes(packet)
            try await channel.writeAndFlush(frame)
        }
    }

    func close() async { try? await channel.close().get() }
}
