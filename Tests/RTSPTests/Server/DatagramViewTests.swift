import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import RTSP

/// A view over UDP on loopback, with the sockets of a client.
@Suite(.timeLimit(.minutes(1))) struct DatagramViewTests {
    // SAFETY: `sink` is touched on the loop of the one connection only.
    private final class Show: Presentation, @unchecked Sendable {
        let sessionDescription = "v=0\r\n"
        let eventLoop: any EventLoop
        private var sink: (any InterleavedSink)?
        let isTornDown = NIOLockedValueBox(false)

        init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }
        func setUpAudio() -> Bool { true }
        func play(into sink: any InterleavedSink) { self.sink = sink }
        func pause() { sink = nil }
        func teardown() {
            sink = nil
            isTornDown.withLockedValue { $0 = true }
        }

        /// Packets of these sizes, the first byte of each its number, as one access unit; what is pending then.
        @discardableResult
        func send(_ sizes: [Int], channel: UInt8 = 0) async throws -> Int {
            try await eventLoop.submit {
                var frames = ByteBuffer()
                for (number, size) in sizes.enumerated() {
                    frames.writeMultipleIntegers(UInt8(ascii: "$"), channel, UInt16(size))
                    frames.writeRepeatingByte(UInt8(truncatingIfNeeded: number), count: size)
                }
                self.sink?.write(frames)
                self.sink?.flush()
                return self.sink?.pendingBytes ?? 0
            }.get()
        }

        var pendingBytes: Int { get async throws { try await eventLoop.submit { self.sink?.pendingBytes ?? 0 }.get() } }
    }

    private struct Directory: PresentationDirectory {
        let show = NIOLockedValueBox<Show?>(nil)
        func presentation(
            for request: PresentationRequest, on eventLoop: any EventLoop
        ) -> EventLoopFuture<PresentationAnswer> {
            let show = Show(eventLoop: eventLoop)
            self.show.withLockedValue { $0 = show }
            return eventLoop.makeSucceededFuture(.presentation(show))
        }
    }

    /// What came, in order.
    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        let packets = NIOLockedValueBox<[ByteBuffer]>([])
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let packet = unwrapInboundIn(data).data
            packets.withLockedValue { $0.append(packet) }
        }
    }

    private final class Dialogue: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let text = NIOLockedValueBox("")
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let words = String(buffer: unwrapInboundIn(data))
            text.withLockedValue { $0 += words }
        }
    }

    private struct Client {
        let group: MultiThreadedEventLoopGroup
        let connection: any Channel
        let dialogue: Dialogue
        let rtp: any Channel
        let rtcp: any Channel
        let packets: Collector
        let reports: Collector

        /// The answer to one request.
        func ask(_ method: String, _ sequence: Int, _ headers: String = "", track: String = "") async throws -> String {
            let request = "\(method) rtsp://127.0.0.1/p\(track) RTSP/1.0\r\nCSeq: \(sequence)\r\n\(headers)\r\n"
            try await connection.writeAndFlush(ByteBuffer(string: request))
            return try await until("an answer to \(method)") {
                dialogue.text.withLockedValue { text in
                    text.range(of: "CSeq: \(sequence)\r\n").map { _ in
                        text[(text.range(of: "RTSP/1.0", options: .backwards)?.lowerBound ?? text.startIndex)...]
                    }
                    .map(String.init)
                }
            }
        }
    }

    private func onStage(_ body: (Client, Directory) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let directory = Directory()
        let server = try await RTSPServer.bind(
            .init(port: 0), group: group, directory: directory, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (dialogue, packets, reports) = (Dialogue(), Collector(), Collector())
        func socket(_ collector: Collector) async throws -> any Channel {
            try await DatagramBootstrap(group: group).channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelInitializer { $0.pipeline.addHandler(collector) }.bind(host: "127.0.0.1", port: 0).get()
        }
        let client = Client(
            group: group,
            connection: try await ClientBootstrap(group: group).channelInitializer { $0.pipeline.addHandler(dialogue) }
                .connect(host: "127.0.0.1", port: server.port).get(), dialogue: dialogue, rtp: try await socket(packets),
            rtcp: try await socket(reports), packets: packets, reports: reports)
        do { try await body(client, directory) } catch { Issue.record(error) }
        await server.shutdown()
        for channel in [client.connection, client.rtp, client.rtcp] { try? await channel.close().get() }
        try await group.shutdownGracefully()
    }

    private func play(_ client: Client, _ directory: Directory, soundAt ports: (Int, Int)? = nil) async throws -> Show {
        _ = try await client.ask("DESCRIBE", 1)
        let (rtp, rtcp) = (client.rtp.localAddress?.port ?? 0, client.rtcp.localAddress?.port ?? 0)
        let setup = try await client.ask("SETUP", 2, "Transport: RTP/AVP;unicast;client_port=\(rtp)-\(rtcp)\r\n")
        #expect(setup.contains("server_port="))
        if let ports {
            let transport = "Transport: RTP/AVP;unicast;client_port=\(ports.0)-\(ports.1)\r\n"
            #expect(try await client.ask("SETUP", 20, transport, track: "/track2").contains("server_port="))
        }
        #expect(try await client.ask("PLAY", 3).contains("200 OK"))
        return try #require(directory.show.withLockedValue { $0 })
    }

    @Test("each packet is a datagram, in order and without its framing; reports go to their own port")
    func packets() async throws {
        try await onStage { client, directory in
            let show = try await play(client, directory)
            try await show.send([100, 1_400, 12])
            try await show.send([28], channel: 1)
            let packets = try await until("three packets") {
                client.packets.packets.withLockedValue { $0.count == 3 ? $0 : nil }
            }
            #expect(packets.map(\.readableBytes) == [100, 1_400, 12])
            #expect(packets.map { $0.readableBytesView.first } == [0, 1, 2])
            try await until("a report") { client.reports.packets.withLockedValue { $0.first?.readableBytes == 28 ? true : nil } }
        }
    }

    @Test("sound leaves by ports of its own; the picture outlives them")
    func sound() async throws {
        try await onStage { client, directory in
            func socket(_ collector: Collector) async throws -> any Channel {
                try await DatagramBootstrap(group: client.group).channelInitializer { $0.pipeline.addHandler(collector) }
                    .bind(host: "127.0.0.1", port: 0).get()
            }
            let (packets, reports) = (Collector(), Collector())
            let (rtp, rtcp) = (try await socket(packets), try await socket(reports))
            let show = try await play(client, directory, soundAt: (rtp.localAddress?.port ?? 0, rtcp.localAddress?.port ?? 0))
            try await show.send([50], channel: 2)
            try await show.send([28], channel: 3)
            try await show.send([99], channel: 0)
            try await until("sound") { packets.packets.withLockedValue { $0.first?.readableBytes == 50 ? true : nil } }
            try await until("its report") { reports.packets.withLockedValue { $0.first?.readableBytes == 28 ? true : nil } }
            try await until("a picture") { client.packets.packets.withLockedValue { $0.isEmpty ? nil : true } }
            try await rtp.close().get()
            // The kernel says that the port is closed; the view goes on.
            for _ in 0..<5 { try await show.send([50], channel: 2) }
            try await show.send([98])
            try await until("a picture") { client.packets.packets.withLockedValue { $0.last?.readableBytes == 98 ? true : nil } }
            #expect(!show.isTornDown.withLockedValue { $0 })
            #expect(client.packets.packets.withLockedValue { $0.count } == 2)
            try await rtcp.close().get()
        }
    }

    @Test("sound that was not set up goes nowhere")
    func noSound() async throws {
        try await onStage { client, directory in
            let show = try await play(client, directory)
            try await show.send([50], channel: 2)
            try await show.send([51], channel: 3)
            try await show.send([99], channel: 0)
            try await until("a picture") { client.packets.packets.withLockedValue { $0.isEmpty ? nil : true } }
            #expect(client.packets.packets.withLockedValue { $0.map(\.readableBytes) } == [99])
            #expect(client.reports.packets.withLockedValue { $0.isEmpty })
        }
    }

    @Test("a burst beyond what a receiver takes at once waits, counts as pending, and comes whole")
    func pacing() async throws {
        try await onStage { client, directory in
            let show = try await play(client, directory)
            #expect(try await show.send(Array(repeating: 1_400, count: 700)) > 500 << 10)
            let packets = try await until("all packets") {
                client.packets.packets.withLockedValue { $0.count == 700 ? $0 : nil }
            }
            #expect(packets.map { $0.readableBytesView.first } == (0..<700).map { UInt8(truncatingIfNeeded: $0) })
            #expect(try await show.pendingBytes == 0)
        }
    }

    @Test("PAUSE forgets what waits, PLAY begins anew")
    func pause() async throws {
        try await onStage { client, directory in
            let show = try await play(client, directory)
            try await show.send(Array(repeating: 1_400, count: 2_000))
            #expect(try await client.ask("PAUSE", 4).contains("200 OK"))
            let before = client.packets.packets.withLockedValue { $0.count }
            #expect(before < 2_000)
            #expect(try await client.ask("PLAY", 5).contains("200 OK"))
            try await show.send([33])
            try await until("the packet after PLAY") {
                client.packets.packets.withLockedValue { $0.last?.readableBytes == 33 ? true : nil }
            }
        }
    }

    @Test("a client whose port is closed is gone at the second packet, a connection that ends takes its ports along")
    func closedPort() async throws {
        try await onStage { client, directory in
            let show = try await play(client, directory)
            try await client.rtp.close().get()
            try await until("the end of the view") {
                try await show.send([100])
                return show.isTornDown.withLockedValue { $0 ? true : nil }
            }
        }
    }
}

@discardableResult
private func until<Value>(
    _ what: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(2))
    }
    throw RTSPTestOverdue(what: what)
}

private struct RTSPTestOverdue: Error { let what: String }
