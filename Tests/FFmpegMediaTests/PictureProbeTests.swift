import Foundation
import GatewayCore
import NIOCore
import Testing

@testable import FFmpegMedia

@Suite struct PictureProbeTests {
    private func probe(
        _ clip: AnnexBClip, sdp: String? = nil, closing: Bool = true, options: ProbeOptions = .init()
    ) -> ProbeFindings {
        let sender = RTPSender(clip: clip)
        let inlet = PacketInlet()
        sender.pushAll(into: inlet, closing: closing)
        return PictureProbe.run(sdp: sdp ?? sender.sdp(), inlet: inlet, options: options)
    }

    @Test(arguments: [VideoCodec.h264, .h265])
    func findsWhatWasEncoded(codec: VideoCodec) throws {
        let clip = try Media.clip(codec, frames: 46).clip
        let found = probe(clip, options: .init(window: .seconds(60), thumbnailWidth: 160))
        #expect(found.outcome == .reachable, "\(found.detail)")
        let video = try #require(found.video)
        #expect(video.codec == (codec == .h264 ? "h264" : "hevc"))
        #expect(video.profile == (codec == .h264 ? "Constrained Baseline" : "Main"))
        #expect(video.width == 320 && video.height == 180)
        #expect(abs(try #require(video.frameRate) - 15) < 0.1)
        let bytes = clip.accessUnits.dropLast().map { $0.nalUnits.reduce(0) { $0 + $1.count + 4 } }.reduce(0, +)
        let kbps = Double(bytes) * 8 / 1000 / 3
        #expect(abs(try #require(video.bitRateKbps) - kbps) < kbps * 0.05)
        #expect(found.gop == .seconds(1))
        #expect(found.timeToFirstPacket != nil)
        #expect(try #require(found.timeToFirstKeyFrame) < .seconds(1))
        let picture = try #require(found.picture)
        #expect(picture.signature.count == 256)
        #expect(picture.variance > 100)
        #expect(try #require(found.thumbnail).starts(with: [0xFF, 0xD8]))
    }

    @Test func parameterSetsInBandAreEnough() throws {
        let clip = try Media.clip(.h264, frames: 20).clip
        #expect(probe(clip, sdp: RTPSender(clip: clip).sdp(withParameterSets: false)).outcome == .reachable)
    }

    @Test func startsAtTheFirstKeyFrameInTheStream() throws {
        let clip = try Media.clip(.h264, frames: 60, gop: 30).clip
        let sender = RTPSender(clip: clip)
        let inlet = PacketInlet()
        for packet in sender.packets().dropFirst(10).joined() {
            inlet.push(PacketInlet.Packet(bytes: packet, arrivalNanoseconds: MonotonicTime.now.nanoseconds))
        }
        inlet.close()
        let found = PictureProbe.run(sdp: sender.sdp(), inlet: inlet)
        #expect(found.outcome == .reachable)
        guard case .atLeast = found.gop else {
            Issue.record("GOP \(String(describing: found.gop)) from one key frame")
            return
        }
    }

    @Test func windowEndsWithSecondKeyFrameIfAsked() throws {
        let clip = try Media.clip(.h264, frames: 90).clip
        let found = probe(clip, closing: false, options: .init(deadline: .seconds(20), endsWithSecondKeyFrame: true))
        #expect(found.gop == .seconds(1))
        #expect(found.packets < RTPSender(clip: clip).packets().joined().count / 2)
    }

    @Test func windowEndsByItselfWhileTheFeedGoesOn() throws {
        let clip = try Media.clip(.h264, frames: 20).clip
        let start = ContinuousClock.now
        let found = probe(clip, closing: false, options: .init(deadline: .seconds(20), window: .milliseconds(300)))
        #expect(found.outcome == .reachable)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func blackPictureIsFlat() throws {
        let picture = try #require(probe(Media.clip(.h264, frames: 5, picture: Media.black).clip).picture)
        #expect(picture.variance < 1)
        #expect(abs(picture.mean - 16) < 2)
    }

    @Test func frozenPictureKeepsItsSignatureWithinTwoStepsAndAMovingOneDoesNot() throws {
        let still = try Media.clip(.h264, frames: 40, picture: { _, x, y in UInt8(40 + x / 4 + y / 4) }).clip
        let moving = try Media.clip(.h264, frames: 40).clip
        func signature(_ clip: AnnexBClip, from first: Int) throws -> [UInt8] {
            let stream = clip.accessUnits[first...].flatMap(\.nalUnits).reduce(into: [UInt8]()) { $0 += [0, 0, 0, 1] + $1 }
            let rest = try AnnexBClip(stream: stream, codec: .h264, framesPerSecond: 15)
            return try #require(probe(rest).picture).signature
        }
        func distance(_ clip: AnnexBClip) throws -> Int {
            try zip(signature(clip, from: 0), signature(clip, from: 15)).map { abs(Int($0) - Int($1)) }.max() ?? 0
        }
        // Not equality: the encoder spends other bits on the second key frame of the same picture.
        #expect(try distance(still) <= 2)
        #expect(try distance(moving) > 10)
        #expect(try signature(still, from: 0) == signature(still, from: 0))
    }

    @Test func silentFeedEndsByTheDeadline() throws {
        let clip = try Media.clip(.h264, frames: 1).clip
        let start = ContinuousClock.now
        let found = PictureProbe.run(
            sdp: RTPSender(clip: clip).sdp(), inlet: PacketInlet(), options: .init(deadline: .milliseconds(200)))
        #expect(found.outcome == .timeout)
        #expect(found.timeToFirstPacket == nil)
        #expect(ContinuousClock.now - start < .seconds(2))
        let ended = PacketInlet()
        ended.close()
        #expect(PictureProbe.run(sdp: RTPSender(clip: clip).sdp(), inlet: ended).outcome == .noVideo)
    }

    @Test func framesWithoutKeyFrameTimeOut() throws {
        let clip = try Media.clip(.h264, frames: 40, gop: 300).clip
        let sender = RTPSender(clip: clip)
        let inlet = PacketInlet()
        for packet in sender.packets().dropFirst().joined() {
            inlet.push(PacketInlet.Packet(bytes: packet, arrivalNanoseconds: MonotonicTime.now.nanoseconds))
        }
        let found = PictureProbe.run(sdp: sender.sdp(), inlet: inlet, options: .init(deadline: .milliseconds(300)))
        #expect(found.outcome == .timeout, "\(found.detail)")
        #expect(found.picture == nil)
    }

    @Test(arguments: [
        ("", ProbeOutcome.noVideo), ("\u{0}\u{1}garbage", .noVideo), ("v=0\r\nm=audio 0 RTP/AVP 8\r\n", .noVideo),
        ("v=0\r\nm=video 0 RTP/AVP 26\r\n", .unsupported),
        ("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n", .unsupported),
        ("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 NOSUCH/90000\r\n", .unsupported),
    ])
    func sessionsWithoutUsableVideo(sdp: String, outcome: ProbeOutcome) {
        let inlet = PacketInlet()
        inlet.close()
        #expect(PictureProbe.run(sdp: sdp, inlet: inlet).outcome == outcome)
    }

    /// Random packets, and a sound stream with random bytes in it, seeded: the findings come by the deadline and nothing traps.
    @Test(arguments: [VideoCodec.h264, VideoCodec.h265], Array<UInt64>(0..<12))
    func garbageNeverTraps(codec: VideoCodec, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let clip = try Media.clip(codec, frames: 8).clip
        let sender = RTPSender(clip: clip)
        let inlet = PacketInlet()
        let sound = Array(sender.packets().joined())
        for index in 0..<600 {
            var bytes: [UInt8]
            if seed.isMultiple(of: 2) {
                bytes = (0..<Int.random(in: 0...1500, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                // Some with a header that passes, so that the payload format sees the rest.
                if bytes.count >= 12, index.isMultiple(of: 2) { (bytes[0], bytes[1]) = (0x80, 96 | bytes[1] & 0x80) }
            } else {
                bytes = sound[index % sound.count]
                for _ in 0..<Int.random(in: 0...20, using: &random) {
                    bytes[Int.random(in: 12..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            }
            inlet.push(PacketInlet.Packet(bytes: bytes, arrivalNanoseconds: MonotonicTime.now.nanoseconds))
        }
        if seed % 4 < 2 { inlet.close() }
        let start = ContinuousClock.now
        let found = PictureProbe.run(
            sdp: sender.sdp(withParameterSets: seed % 3 != 0), inlet: inlet,
            options: .init(deadline: .milliseconds(500), window: .milliseconds(50)))
        #expect(ContinuousClock.now - start < .seconds(3))
        if seed.isMultiple(of: 2) {
            #expect([.undecodable, .noVideo, .timeout].contains(found.outcome), "\(found.detail)")
        }
    }
}

/// SplitMix64: the same packets in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
