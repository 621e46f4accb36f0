import GatewayCore
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import RTSP

/// The packet path without sockets: the same bytes cut into reads in every way give the same packets.
@Suite struct RTSPClientHandlerTests {
    private struct EmbeddedDialer: Dialer {
        let channel: EmbeddedChannel

        func connect(
            host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline
        ) -> EventLoopFuture<any Channel> { eventLoop.makeSucceededFuture(channel) }
    }

    /// Everything that a camera sends once PLAY was asked for: frames of three tracks, the response and a request between.
    private static let stream: [UInt8] = {
        var buffer = ByteBuffer()
        buffer.writeBytes(ScriptedCamera.packet(0, size: 9))
        RTSPResponse(status: 200, headers: ["CSeq": "4"], body: ByteBuffer(string: "$$$$")).serialize(into: &buffer)
        buffer.writeBytes(ScriptedCamera.packet(1, size: 0))
        buffer.writeBytes([0x24, 3, 0, 8, 0x80, 200, 0, 1, 0, 0, 0, 0])
        buffer.writeBytes([0x24, 7, 0, 4, 0x80, 0, 0, 0])
        buffer.writeBytes([0x24, 2, 0, 0])
        RTSPRequest(method: .options, uri: "*", headers: ["CSeq": "1"]).serialize(into: &buffer)
        buffer.writeBytes(ScriptedCamera.packet(2, size: 40))
        buffer.writeBytes(ScriptedCamera.packet(3, size: 40))
        return Array(buffer.readableBytesView)
    }()

    private func play(_ reads: [ArraySlice<UInt8>]) throws -> Recording {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 554)).wait()
        let loop = channel.embeddedEventLoop
        let delegate = RecordingDelegate(wanted: .max) { _ in }
        let client = RTSPClient.connect(
            configuration: RTSPClientConfiguration(url: StreamURL(host: "192.0.2.1", target: "/live")),
            dialer: EmbeddedDialer(channel: channel), on: loop, delegate: delegate, logger: Logger(label: "test"))
        loop.run()
        for method in [RTSPMethod.options, .describe, .setup] {
            for case .response(let response) in ScriptedCamera.ordinary(RTSPRequest(method: method, uri: "")) {
                var buffer = ByteBuffer()
                response.serialize(into: &buffer)
                try channel.writeInbound(buffer)
            }
        }
        for read in reads { try channel.writeInbound(ByteBuffer(bytes: read)) }
        client.close()
        loop.advanceTime(by: .seconds(1))
        #expect(delegate.recording.error?.isCancelled == true && delegate.recording.closings == 1)
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return delegate.recording
    }

    private func expect(_ recording: Recording, _ how: String) {
        #expect(recording.isPlaying, "\(how)")
        #expect(recording.packets.map(\.count) == [21, 12, 0, 52, 52], "\(how)")
        #expect(recording.packets.filter { !$0.isEmpty }.map { $0[3] } == [0, 1, 2, 3], "\(how)")
        #expect(recording.controls == 1, "\(how)")
    }

    @Test func `one read`() throws {
        let recording = try play([Self.stream[...]])
        expect(recording, "whole")
        #expect(recording.reads == 1)
    }

    @Test func `split at every byte`() throws {
        for split in Self.stream.indices { expect(try play([Self.stream[..<split], Self.stream[split...]]), "split at \(split)") }
    }

    @Test(arguments: [1, 2, 3, 5, 17, 61]) func `in small pieces`(size: Int) throws {
        let reads = stride(from: 0, to: Self.stream.count, by: size).map {
            Self.stream[$0..<min($0 + size, Self.stream.count)]
        }
        expect(try play(reads), "pieces of \(size)")
    }

    @Test func `random reads of a long stream`() throws {
        var generator = SeededGenerator(seed: 11)
        let bytes = (0..<2_000).flatMap { ScriptedCamera.packet(UInt8($0 & 255), size: 1 + $0 * 37 % 3_000) }
        let answer = Array("RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n".utf8)
        var reads = [answer[...]]
        var rest = bytes[...]
        while !rest.isEmpty {
            let read = rest.prefix(Int.random(in: 1...9_000, using: &generator))
            reads.append(read)
            rest = rest.dropFirst(read.count)
        }
        let recording = try play(reads)
        #expect(recording.packets.count == 2_000)
        #expect(recording.packets.enumerated().allSatisfy { $1.count == 13 + $0 * 37 % 3_000 && $1[3] == UInt8($0 & 255) })
    }
}
