import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import RTSP

/// A publisher's connection byte by byte.
@Suite struct PublisherConnectionTests {
    private let channel = EmbeddedChannel()
    private let publication = KeptPublication()

    private struct Directory: PresentationDirectory, PublicationDirectory {
        let publication: NIOLoopBound<KeptPublication>

        func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
            eventLoop.makeSucceededFuture(.refused(status: 404, headers: RTSPHeaders()))
        }

        func publication(for request: PublicationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PublicationAnswer> {
            guard request.address.query == "ticket=secret" else {
                return eventLoop.makeSucceededFuture(.refused(status: 401, headers: RTSPHeaders()))
            }
            return eventLoop.makeSucceededFuture(.publication(publication.value))
        }
    }

    init() throws {
        let directory = Directory(publication: NIOLoopBound(publication, eventLoop: channel.eventLoop))
        try channel.pipeline.syncOperations.addHandler(
            RTSPServerConnection(
                directory: directory, publications: directory, peer: "127.0.0.1:1", prologue: .seconds(15),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 554)).wait()
    }

    private func bytes(_ request: RTSPRequest) -> [UInt8] {
        var buffer = ByteBuffer()
        request.serialize(into: &buffer)
        return Array(buffer: buffer)
    }

    private func send(_ bytes: [UInt8]) throws { try channel.writeInbound(ByteBuffer(bytes: bytes)) }

    /// The answers since the last call.
    private func statuses() throws -> [Int] {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text.components(separatedBy: "RTSP/1.0 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }

    private func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    private var prologue: [UInt8] {
        [PublisherScript.announce(), PublisherScript.setUp(0), PublisherScript.setUp(1), PublisherScript.request(.record)]
            .flatMap(bytes)
    }

    private let video = PublisherScript.frame(0, Array(repeating: 0x24, count: 40))
    private let sound = PublisherScript.frame(2, [1, 2, 3])
    private let report = PublisherScript.frame(1, [0x80, 200, 0, 1])

    @Test("all that comes is handed on whole, wherever reads cut it", arguments: [1, 2, 3, 5, 7, 44, 45, 1_000_000])
    func cuts(size: Int) throws {
        let keepAlive = bytes(PublisherScript.request(.getParameter))
        let media = video + sound + report + keepAlive + video + video + keepAlive + sound + video
        let all = prologue + media
        for start in stride(from: 0, to: all.count, by: size) { try send(Array(all[start..<min(start + size, all.count)])) }
        #expect(try statuses() == [200, 200, 200, 200, 200, 200])
        #expect(publication.received == video + sound + report + video + video + sound + video)
        #expect(publication.video == .init(rtp: 0, rtcp: 1))
        if size == 1_000_000 { #expect(publication.calls == 3, "what lies in a row goes in one") }
    }

    @Test func lostFramingIsFoundAgain() throws {
        let packet = PublisherScript.frame(0, [0x80, 0x60] + Array(repeating: 1, count: 38))
        try send(prologue + packet + Array(packet.dropFirst(9)))
        for _ in 0..<3 { try send(packet) }
        try send(bytes(PublisherScript.request(.options)))
        #expect(try statuses().count == 5)
        #expect(publication.received == packet + packet + packet + packet)
        #expect(channel.isActive)
    }

    @Test func whoSendsNothingThatCanBeFramedIsCutOff() throws {
        try send(prologue)
        for _ in 0..<300 where channel.isActive { try send(Array(repeating: 0x55, count: 8_192)) }
        #expect(!channel.isActive && publication.teardowns == 1)
    }

    @Test func aPublisherHasToBegin() throws {
        try send(bytes(PublisherScript.announce()))
        pass(14)
        #expect(channel.isActive)
        pass(1)
        #expect(!channel.isActive && publication.teardowns == 1)
    }

    @Test func onceBegunItLastsAndPausedItDoesNot() throws {
        try send(prologue)
        pass(3_600)
        #expect(channel.isActive)
        try send(bytes(PublisherScript.request(.pause)) + video)
        #expect(publication.pauses == 1 && publication.received.isEmpty)
        try send(bytes(PublisherScript.request(.record)) + video)
        #expect(publication.received == video)
        try send(bytes(PublisherScript.request(.pause)))
        pass(60)
        #expect(!channel.isActive && publication.teardowns == 1)
    }

    @Test func framesThatComeWhileTheFeedIsAskedAreNotLost() throws {
        publication.answersAtOnce = false
        try send(prologue + video)
        #expect(publication.received.isEmpty)
        publication.answer?(nil)
        #expect(publication.received == video)
        #expect(try statuses() == [200, 200, 200, 200])
    }

    @Test func aRefusedRecordTakesNoFrame() throws {
        publication.refusal = RTSPResponse(status: 455)
        try send(prologue + video)
        #expect(try statuses().last == 455)
        #expect(publication.received.isEmpty && publication.teardowns == 0)
    }

    @Test func withoutTheTicketNothingIsTaken() throws {
        try send(bytes(PublisherScript.request(.announce, "rtsp://gateway/publish/p", ["CSeq": "1"], body: PublisherScript.sdp)))
        try send(bytes(PublisherScript.setUp(0)) + bytes(PublisherScript.request(.record)) + video)
        #expect(try statuses() == [401, 455, 455])
        #expect(publication.video == nil && publication.received.isEmpty)
    }

    @Test func aDescriptionWithoutEndIsAnsweredAndCutOff() throws {
        try send(Array("ANNOUNCE rtsp://h/p RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 100000\r\n\r\n".utf8))
        #expect(try statuses() == [413])
        #expect(!channel.isActive)
    }

    @Test func whoIsEndedByTheFeedIsGoneAndTornDownOnce() throws {
        try send(prologue + video)
        publication.connection?.close()
        #expect(!channel.isActive && publication.teardowns == 1)
    }
}
