import Foundation
import GatewayCore
import NIOCore
import RTSP

/// The one that publishes to a feed now.
///
/// It stays whether the feed is needed or not; while it is not, what comes is passed over.
///
/// ## Concurrency model
/// Confined to the feed's loop.
// SAFETY: mutable state is touched on the feed's loop only; the connection's loop holds the reference.
final class Publisher: @unchecked Sendable {
    let grant: PublishGrant
    let track: VideoTrack
    let peer: String
    private let gate: any PublisherGate
    private let video: TransportHeader.Channels
    private let close: @Sendable () -> Void
    private var ingest: PublishedIngest?
    private var bytes: Int64 = 0
    private var lastPicture = NIODeadline.now()
    /// Whether a datagram of the read under way carried some of a picture.
    private var hasPicture = false

    /// - Parameter close: ends the connection, from any loop.
    init(
        grant: PublishGrant, track: VideoTrack, peer: String, gate: any PublisherGate, video: TransportHeader.Channels,
        close: @escaping @Sendable () -> Void
    ) {
        self.grant = grant
        self.track = track
        self.peer = peer
        self.gate = gate
        self.video = video
        self.close = close
    }

    /// How long no picture came.
    func silence(now: NIODeadline) -> TimeAmount { now - lastPicture }

    func bring(to ingest: PublishedIngest?) { self.ingest = ingest }

    func began() {
        lastPicture = .now()
        gate.publishingBegan(grant, peer: peer)
    }

    var isStillGood: Bool { gate.isStillGood(grant) }

    func refused(_ reason: PublishingRefusal) { gate.publishingRefused(grant, peer: peer, because: reason) }

    /// The last call; from ``Feed/end(_:because:)``.
    func ended(_ reason: PublishingEnd) {
        gate.publishingEnded(grant, bytes: bytes, reason: reason)
        close()
        let ingest = ingest
        self.ingest = nil
        ingest?.ended(reason.failure)
    }

    /// Whole interleaved frames of whatever tracks. The packet path.
    func received(_ frames: ByteBuffer) {
        bytes += Int64(frames.readableBytes)
        let span = frames.readableBytesSpan
        var offset = 0
        var hasPicture = false
        while offset + FrameHeader.byteCount <= span.byteCount {
            let channel = span.uint8(at: offset + 1)
            let begin = offset + FrameHeader.byteCount
            let end = begin + Int(span.uint16(at: offset + 2))
            guard end <= span.byteCount else { break }
            if channel == video.rtp {
                // What carries no payload is no sign of a picture.
                if end - begin > RTPHeader.fixedLength { hasPicture = true }
                ingest?.received(span.extracting(begin..<end))
            } else if channel == video.rtcp {
                ingest?.received(control: span.extracting(begin..<end))
            }
            offset = end
        }
        if hasPicture { lastPicture = .now() }
    }

    /// One packet of the video that came by UDP to the feed's own loop. The packet path.
    func received(packet: RawSpan) {
        bytes += Int64(packet.byteCount)
        if packet.byteCount > RTPHeader.fixedLength { hasPicture = true }
        ingest?.received(packet)
    }

    func received(control: RawSpan) {
        bytes += Int64(control.byteCount)
        ingest?.received(control: control)
    }

    /// The datagrams of one read are over.
    func readComplete() {
        guard hasPicture else { return }
        hasPicture = false
        lastPicture = .now()
    }
}

/// Publishing, on the feed's loop.
extension Feed {
    /// Why this one may not publish now; `nil`: it may.
    func publishingRefusal(of grant: PublishGrant) -> PublishingRefusal? {
        guard !isShutDown else { return .shutdown }
        guard environment.directory.source(of: id)?.url.scheme == .push else { return .notPushed }
        guard let publisher else { return nil }
        let isOwn = publisher.grant.ticket == grant.ticket
        guard publisher.silence(now: .now()) < (isOwn ? Publisher.patienceWithOwn : Publisher.patience) else { return nil }
        return isOwn ? .stillPublished : .taken
    }

    /// The publisher begins, unless it may not. A feed that waits for it has it at once.
    func engage(_ publisher: Publisher) -> PublishingRefusal? {
        if let refusal = publishingRefusal(of: publisher.grant) ?? (publisher.isStillGood ? nil : .revoked) {
            publisher.refused(refusal)
            return refusal
        }
        if let silent = self.publisher {
            end(silent, because: silent.grant.ticket == publisher.grant.ticket ? .takenOver : .silent)
        }
        self.publisher = publisher
        publisher.began()
        logger.info("a publisher came", metadata: ["peer": "\(publisher.peer)"])
        if isNeeded { demandChanged(isUrgent: true) }
        return nil
    }

    /// The publisher is let go, with its connection; it may have been before.
    func end(_ publisher: Publisher, because reason: PublishingEnd) {
        guard self.publisher === publisher else { return }
        self.publisher = nil
        logger.info("a publisher is gone", metadata: ["peer": "\(publisher.peer)", "reason": "\(reason.rawValue)"])
        publisher.ended(reason)
    }

    /// Called about once a second.
    func tickPublisher(now: NIODeadline) {
        guard let publisher else { return }
        if publisher.silence(now: now) >= TimeAmount(environment.options.silenceTimeout) {
            end(publisher, because: .silent)
        } else if publisher.grant.endsAt <= Date() {
            end(publisher, because: .expired)
        }
    }

    /// After the registry changed.
    func checkPublisher() {
        if let publisher, environment.directory.source(of: id)?.url.scheme != .push { end(publisher, because: .sourceChanged) }
    }
}

extension Publisher {
    /// Silence after which another ticket may take its place.
    static let patience: TimeAmount = .seconds(10)
    /// Silence after which its own ticket may: a relay whose connection is lost without a word comes back by another. Two
    /// relays that were given one ticket never get past it.
    static let patienceWithOwn: TimeAmount = .seconds(2)
}
