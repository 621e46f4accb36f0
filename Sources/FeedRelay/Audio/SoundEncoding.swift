import DecoderProcess
import GatewayCore
import Logging
import NIOCore
import RTSP

/// A feed's G.711 as AAC for its movies: gives what comes of it to a demuxer process, and what that encodes to the fragments.
///
/// The process begins with the first sound and ends when the camera sends none; one that failed is tried again later. The
/// pictures wait for none of it: silence stands where nothing comes.
///
/// Confined to the feed's loop.
final class SoundEncoding: DemuxerOwner {
    /// Sound that waits for the process: half a minute of 8 kHz. Beyond, it is dropped.
    private static let queueLimit = 256 << 10
    /// After a process that failed.
    static let pause: TimeAmount = .seconds(5)

    let sound: FeedDescription.Sound
    private weak var feed: Feed?
    private let job: DemuxerJob
    private let configuration: DemuxerProcess.Configuration
    private var process: DemuxerProcess?
    private var pausedUntil: NIODeadline?

    /// `nil` for sound that is encoded by nobody.
    init?(feed: Feed, sound: FeedDescription.Sound, configuration: DemuxerProcess.Configuration) {
        guard sound.isEncoded, let law = sound.track.law, sound.format != nil else { return nil }
        self.feed = feed
        self.sound = sound
        self.configuration = configuration
        job = .sound(law: law, sampleRate: sound.track.clockRate, channels: sound.track.channels)
    }

    func append(_ batch: AudioBatch) {
        guard batch.era == sound.era, let feed, let process = process ?? begin(feed) else { return }
        let pieces = Self.pieces(of: batch)
        if pieces.readableBytes > 0 { _ = process.send(pieces, limit: Self.queueLimit) }
    }

    private func begin(_ feed: Feed) -> DemuxerProcess? {
        let now = NIODeadline.now()
        if let pausedUntil, now < pausedUntil { return nil }
        pausedUntil = now + Self.pause
        process = DemuxerProcess(
            configuration, job: job,
            dial: { _, _, loop, _ in loop.makeFailedFuture(DemuxerEnd(.unsupported, "an encoder has no network")) },
            on: feed.loop, owner: self, logger: feed.logger)
        return process
    }

    /// Of each packet the time of its first sample and its samples, as the process takes them.
    static func pieces(of batch: AudioBatch) -> ByteBuffer {
        let frames = batch.frames
        let bytes = frames.readableBytesSpan
        var pieces = ByteBufferAllocator().buffer(capacity: batch.byteCount)
        var offset = 0
        var first: UInt32?
        while let range = AccessUnit.nextPacket(in: bytes, at: &offset) {
            let packet = bytes.extracting(range)
            guard let header = RTPHeader(packet), !header.payload.isEmpty,
                let length = UInt16(exactly: 8 + header.payload.count)
            else { continue }
            let origin = first ?? header.timestamp
            first = origin
            let time = batch.line &+ Int64(Int32(bitPattern: header.timestamp &- origin))
            pieces.writeMultipleIntegers(UInt8(ascii: "$"), DemuxerMessage.Channel.packet.rawValue, length, time)
            packet.extracting(header.payload).withUnsafeBytes { _ = pieces.writeBytes($0) }
        }
        return pieces
    }

    func close() {
        process?.close()
        process = nil
        feed = nil
    }

    // MARK: From the process

    func demuxerDescribed(_ video: DemuxedVideo) {}

    func demuxerReceived(packet: RawSpan) {
        guard packet.byteCount > 8 else { return }
        let time = UInt64(packet.uint32(at: 0)) << 32 | UInt64(packet.uint32(at: 4))
        feed?.stage?.append(
            encoded: packet.extracting(8..<packet.byteCount), at: Int64(bitPattern: time), era: sound.era)
    }

    func demuxerEnded(_ end: DemuxerEnd) {
        process = nil
        feed?.logger.info("The encoder of the sound ended", metadata: ["error": "\(end)"])
    }
}

extension AudioTrack {
    /// `nil` for sound that is not G.711.
    var law: G711? {
        switch codec {
        case .pcma: .aLaw
        case .pcmu: .muLaw
        case .aac: nil
        }
    }
}

extension Feed {
    /// The sound that movies carry; begins to encode it where it must be.
    func movieSound() -> FeedDescription.Sound? {
        guard let sound = audio.described, sound.isEncoded else {
            endEncoding()
            return audio.described
        }
        if encoding?.sound == sound { return sound }
        endEncoding()
        guard let demuxer = environment.demuxer,
            let fresh = SoundEncoding(feed: self, sound: sound, configuration: demuxer)
        else { return nil }
        guard environment.sounds.claim(id) else {
            logger.notice("Movies go on without sound: as many encoders of sound run as may run at once")
            return nil
        }
        encoding = fresh
        return sound
    }

    func endEncoding() {
        guard let ended = encoding.take() else { return }
        ended.close()
        environment.sounds.release(id)
    }
}
