import NIOCore

/// What an ANNOUNCE asks for.
package struct PublicationRequest: Sendable {
    /// The request as a DESCRIBE's: where the stream is to be published, by whom. The URI holds a ticket: never to be logged.
    package let address: PresentationRequest
    /// The track that the gateway carries.
    package let video: VideoTrack

    package init(address: PresentationRequest, video: VideoTrack) {
        self.address = address
        self.video = video
    }
}

/// What a server says to an ANNOUNCE.
// SAFETY: made and taken on the connection's loop alone; a future carries it there.
package enum PublicationAnswer: @unchecked Sendable {
    case publication(any Publication)
    /// A response with this status and these extra headers; the connection stays open.
    case refused(status: Int, headers: RTSPHeaders)
}

/// Where an ``RTSPServer`` leaves what is published to it.
package protocol PublicationDirectory: Sendable {
    /// Called on the connection's loop; completes on it. A failed future is answered with 503.
    func publication(for request: PublicationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PublicationAnswer>
}

/// One client's publishing of one stream (RFC 2326 sections 10.3 and 10.11). Created by ANNOUNCE, bound to the connection,
/// confined to its event loop.
package protocol Publication: AnyObject {
    /// RECORD. Call `answer` once, on the same event loop: with `nil` packets begin to come, with a response they do not.
    ///
    /// - Parameters:
    ///   - connection: held as long as packets come.
    ///   - video: the interleaved channels of the video track. Frames of other channels are to be passed over. 0 and 1 where
    ///     it comes by UDP.
    func begin(
        on connection: any PublisherConnection, video: TransportHeader.Channels, answer: @escaping (RTSPResponse?) -> Void)
    /// One or more whole interleaved frames (`$`, channel, length, packet) in a row: what one read brought, or a frame that
    /// two reads did. This is the packet path: no allocation, no hop a packet.
    func received(_ frames: ByteBuffer)
    /// One RTP packet of the video track that came by UDP, in the order of the sequence numbers; valid only during the call.
    /// This is the packet path: no allocation, no hop a packet.
    func received(packet: RawSpan)
    /// RTCP of the same track that came by UDP, unchecked; valid only during the call.
    func received(control: RawSpan)
    /// The datagrams of one read have been handed over.
    ///
    /// - Parameter byteCount: of all that the publisher sent in them, also of what was dropped as a duplicate.
    func readComplete(byteCount: Int)
    /// PAUSE: nothing comes until the next ``begin(on:video:answer:)``.
    func pause()
    /// The last call: TEARDOWN, the connection's end, or the server's.
    func teardown()
}

/// The publisher's end of a publication. Confined to the event loop of the connection.
package protocol PublisherConnection: AnyObject {
    /// Ends the connection; `teardown()` follows.
    func close()
}
