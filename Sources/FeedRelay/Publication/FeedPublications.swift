import Foundation
import GatewayCore
import NIOCore
import RTSP

/// What may be published to the gateway's RTSP server: feeds whose source is `push://`, by those whose ticket the gate takes.
///
/// `rtsp://host:8554/publish/POINT/main?ticket=…`; the ticket alone decides, the path is for people.
package struct FeedPublications: PublicationDirectory {
    private let relay: FeedRelay
    private let gate: any PublisherGate

    package init(relay: FeedRelay, gate: any PublisherGate) {
        self.relay = relay
        self.gate = gate
    }

    package func publication(
        for request: PublicationRequest, on eventLoop: any EventLoop
    ) -> EventLoopFuture<PublicationAnswer> {
        guard let ticket = FeedPresentations.ticket(request.address.query) else { return refuse(401, on: eventLoop) }
        let peer = request.address.peer
        switch gate.admit(PublishRequest(ticket: ticket, peer: peer)) {
        case .refused(let error): return refuse(Self.status(of: error), on: eventLoop)
        case .granted(let grant):
            guard let feed = relay.feed(grant.feed) else { return refuse(503, on: eventLoop) }
            let gate = gate
            let rate = relay.publishingRate(of: grant.feed)
            return feed.loop.submit { feed.publishingRefusal(of: grant) }.hop(to: eventLoop).map { refusal in
                if let refusal {
                    gate.publishingRefused(grant, peer: peer, because: refusal)
                    return .refused(status: refusal.response.status, headers: refusal.response.headers)
                }
                return .publication(
                    FeedPublication(
                        feed: feed, grant: grant, track: request.video, peer: peer, gate: gate, kilobits: rate,
                        eventLoop: eventLoop))
            }
        }
    }

    private func refuse(_ status: Int, on eventLoop: any EventLoop) -> EventLoopFuture<PublicationAnswer> {
        eventLoop.makeSucceededFuture(.refused(status: status, headers: RTSPHeaders()))
    }

    private static func status(of error: GatewayError) -> Int {
        switch error.code {
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        default: 503
        }
    }
}

extension PublishingRefusal {
    /// RFC 2326 sections 11.3.6 and 7.1.1: the stream's state is in the way of the method; later it may not be.
    var response: RTSPResponse {
        switch self {
        case .notPushed: RTSPResponse(status: 404)
        case .taken: RTSPResponse(status: 455, headers: ["Retry-After": "10"])
        case .stillPublished: RTSPResponse(status: 455, headers: ["Retry-After": "2"])
        case .revoked: RTSPResponse(status: 403)
        case .shutdown: RTSPResponse(status: 503, headers: ["Retry-After": "5"])
        }
    }
}

/// One RTSP client's publishing to a feed. Confined to its connection's loop.
///
/// Where the feed lives on another loop, what a read brought goes there by one `execute`, as access units go to viewers of
/// other loops; a socket could be moved to the feed's loop instead, but not one that speaks TLS.
final class FeedPublication: Publication {
    private let feed: Feed
    private let grant: PublishGrant
    private let track: VideoTrack
    private let peer: String
    private let gate: any PublisherGate
    private let eventLoop: any EventLoop
    private var bound: RateBound
    /// Datagrams on their way to another loop, framed as on a connection. As many as one read brings.
    private var gathered = ByteBuffer()
    private var publisher: Publisher?

    init(
        feed: Feed, grant: PublishGrant, track: VideoTrack, peer: String, gate: any PublisherGate, kilobits: Int,
        eventLoop: any EventLoop
    ) {
        self.feed = feed
        self.grant = grant
        self.track = track
        self.peer = peer
        self.gate = gate
        self.eventLoop = eventLoop
        bound = RateBound(kilobits: kilobits, now: .now())
    }

    func begin(
        on connection: any PublisherConnection, video: TransportHeader.Channels, answer: @escaping (RTSPResponse?) -> Void
    ) {
        let (feed, loop) = (feed, eventLoop)
        let boundConnection = NIOLoopBound(connection, eventLoop: loop)
        let publisher = Publisher(grant: grant, track: track, peer: peer, gate: gate, video: video) {
            loop.execute { boundConnection.value.close() }
        }
        self.publisher = publisher
        feed.loop.submit { feed.engage(publisher) }.hop(to: loop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(nil): answer(nil)
            case .success(let refusal?):
                self.publisher = nil
                answer(refusal.response)
            case .failure: answer(PublishingRefusal.shutdown.response)
            }
        }
    }

    func received(_ frames: ByteBuffer) {
        guard let publisher else { return }
        guard bound.take(frames.readableBytes, now: .now()) else { return end(.flooding) }
        if feed.loop === eventLoop {
            publisher.received(frames)
        } else {
            feed.loop.execute { publisher.received(frames) }
        }
    }

    func received(packet: RawSpan) {
        if feed.loop === eventLoop { publisher?.received(packet: packet) } else { gather(packet, channel: 0) }
    }

    func received(control: RawSpan) {
        if feed.loop === eventLoop { publisher?.received(control: control) } else { gather(control, channel: 1) }
    }

    private func gather(_ packet: RawSpan, channel: UInt8) {
        guard publisher != nil, let length = UInt16(exactly: packet.byteCount) else { return }
        if gathered.capacity == 0 { gathered = ByteBufferAllocator().buffer(capacity: Self.readBytes) }
        gathered.writeMultipleIntegers(FrameHeader.magic, channel, length)
        packet.withUnsafeBytes { _ = gathered.writeBytes($0) }
    }

    func readComplete(byteCount: Int) {
        let frames = gathered
        gathered = ByteBuffer()
        guard let publisher else { return }
        guard bound.take(byteCount, now: .now()) else { return end(.flooding) }
        if feed.loop === eventLoop {
            publisher.readComplete()
        } else if frames.readableBytes > 0 {
            feed.loop.execute { publisher.received(frames) }
        }
    }

    /// Room for the eight datagrams of one read.
    private static let readBytes = 8 * 1_500

    func pause() { end(.left) }

    func teardown() { end(.left) }

    private func end(_ reason: PublishingEnd) {
        guard let publisher else { return }
        self.publisher = nil
        let feed = feed
        feed.loop.execute { feed.end(publisher, because: reason) }
    }
}
