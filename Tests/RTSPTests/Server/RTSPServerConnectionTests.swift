import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import RTSP

/// What a connection that means no good can make the server keep.
@Suite struct RTSPServerConnectionTests {
    private let channel = EmbeddedChannel()
    private let reader = Reader()

    /// The client's end: takes what is written, or leaves it where it is.
    private final class Reader: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var reads = true
        var answers = ""

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard reads else { return held.append(promise) }
            answers += String(buffer: unwrapOutboundIn(data))
            promise?.succeed()
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            for promise in held { promise?.fail(ChannelError.ioOnClosedChannel) }
        }

        private var held: [EventLoopPromise<Void>?] = []
    }

    private final class Show: Presentation {
        let sessionDescription = "v=0\r\n"
        func play(into sink: any InterleavedSink) {}
        func pause() {}
        func teardown() {}
    }

    /// A directory that finds its show at once, or never.
    private struct Directory: PresentationDirectory {
        var answers = true

        func presentation(
            for request: PresentationRequest, on eventLoop: any EventLoop
        ) -> EventLoopFuture<PresentationAnswer> {
            let promise = eventLoop.makePromise(of: PresentationAnswer.self)
            if answers {
                promise.succeed(.presentation(Show()))
            } else {
                eventLoop.scheduleTask(in: .hours(1)) { promise.fail(ChannelError.eof) }
            }
            return promise.futureResult
        }
    }

    private func open(_ directory: Directory = Directory()) throws {
        try channel.pipeline.syncOperations.addHandlers(
            reader,
            RTSPServerConnection(
                directory: directory, peer: "127.0.0.1:1", prologue: .seconds(15), logger: Logger(label: "test")))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 554)).wait()
    }

    private func say(_ method: String, _ headers: String = "") throws {
        try channel.writeInbound(ByteBuffer(string: "\(method) rtsp://h/p RTSP/1.0\r\nCSeq: 1\r\n\(headers)\r\n"))
    }

    private func play() throws {
        try say("DESCRIBE")
        try say("SETUP", "Transport: RTP/AVP/TCP;interleaved=0-1\r\n")
        try say("PLAY")
    }

    private func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    @Test("who sends on and on while a DESCRIBE is looked up is cut off")
    func floodWhileDescribing() throws {
        try open(Directory(answers: false))
        try say("DESCRIBE")
        for _ in 0..<20 { try say("OPTIONS") }
        #expect(channel.isActive)
        for _ in 0..<3_000 where channel.isActive { try say("OPTIONS") }
        #expect(!channel.isActive)
    }

    @Test("who asks on and on and reads no answer is cut off")
    func unreadAnswers() throws {
        try open()
        reader.reads = false
        for _ in 0..<20 { try say("OPTIONS") }
        #expect(channel.isActive)
        for _ in 0..<3_000 where channel.isActive { try say("OPTIONS") }
        #expect(!channel.isActive)
    }

    @Test("who reads the answers may ask as much as it likes")
    func readAnswers() throws {
        try open()
        for _ in 0..<3_000 { try say("OPTIONS") }
        #expect(channel.isActive)
        #expect(reader.answers.split(separator: "RTSP/1.0 200 OK").count == 3_000)
    }

    @Test func doesNotWaitForPlayForEver() throws {
        try open()
        try say("DESCRIBE")
        pass(14)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
    }

    @Test("a paused view ends when nothing is heard for the session's timeout; a playing one never by that")
    func pausedForTooLong() throws {
        try open()
        try play()
        pass(3_600)
        #expect(channel.isActive)
        try say("PAUSE")
        pass(59)
        try say("GET_PARAMETER")
        pass(59)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive)
    }

    @Test func aPausedViewThatGoesOnIsNotEnded() throws {
        try open()
        try play()
        try say("PAUSE")
        pass(30)
        try say("PLAY")
        pass(3_600)
        #expect(channel.isActive)
    }
}
