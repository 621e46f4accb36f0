import Logging
import NIOCore
import NIOEmbedded

@testable import FeedRelay
@testable import RTSP

/// A publisher's whole connection: requests and frames in one stream, cut anywhere.
enum PublisherWatch {
    /// Holds what is handed on to what a publication may count on.
    private final class Broadcast: Publication {
        var fault: String?
        private var hasBegun = false
        private(set) var teardowns = 0

        func begin(
            on connection: any PublisherConnection, video: TransportHeader.Channels, answer: @escaping (RTSPResponse?) -> Void
        ) {
            if hasBegun { fault = "it begins twice" }
            hasBegun = true
            answer(nil)
        }

        func received(_ frames: ByteBuffer) {
            if !hasBegun { fault = "frames come before RECORD or after PAUSE" }
            if teardowns > 0 { fault = "frames come after the end" }
            let span = frames.readableBytesSpan
            var offset = 0
            while offset < span.byteCount {
                guard let header = FrameHeader(span.extracting(offset..<span.byteCount)),
                    offset + header.frameBytes <= span.byteCount
                else {
                    fault = "a frame is not whole"
                    return
                }
                offset += header.frameBytes
            }
            if offset == 0 { fault = "nothing is handed on" }
        }

        func received(packet: RawSpan) { fault = "a datagram comes and nobody sent one" }
        func received(control: RawSpan) { fault = "a datagram comes and nobody sent one" }
        func readComplete(byteCount: Int) { fault = "datagrams come and nobody sent one" }

        func pause() {
            if !hasBegun { fault = "it pauses and had not begun" }
            hasBegun = false
        }

        func teardown() { teardowns += 1 }
    }

    private struct Directory: PresentationDirectory, PublicationDirectory {
        let broadcast: NIOLoopBound<Broadcast>

        func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
            eventLoop.makeSucceededFuture(.refused(status: 404, headers: RTSPHeaders()))
        }

        func publication(for request: PublicationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PublicationAnswer> {
            eventLoop.makeSucceededFuture(.publication(broadcast.value))
        }
    }

    static func run(_ bytes: [UInt8], cuts: Cuts) throws(BrokenInvariant) {
        let channel = EmbeddedChannel()
        let broadcast = Broadcast()
        let directory = Directory(broadcast: NIOLoopBound(broadcast, eventLoop: channel.eventLoop))
        do {
            try channel.pipeline.syncOperations.addHandler(
                RTSPServerConnection(
                    directory: directory, publications: directory, peer: "192.0.2.9:1", prologue: .seconds(15),
                    logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }))
            try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 554)).wait()
            var cuts = cuts
            var rest = bytes[...]
            while !rest.isEmpty, channel.isActive {
                let part = rest.prefix(cuts.next())
                rest = rest.dropFirst(part.count)
                try channel.writeInbound(ByteBuffer(bytes: part))
            }
            _ = try channel.finish(acceptAlreadyClosed: true)
        } catch {
            throw BrokenInvariant(description: "the connection throws \(type(of: error))")
        }
        if let fault = broadcast.fault { throw BrokenInvariant(description: fault) }
        try require(broadcast.teardowns <= 1, "it is torn down \(broadcast.teardowns) times")
    }
}
