import GatewayCore
import NIOCore
import Testing

@testable import RTSP

/// Splitmix64: the same bytes for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// A few bytes changed, a stretch cut out, doubled or repeated elsewhere.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &self))
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            default: bytes.replaceSubrange(place..<end, with: [0x30, 0x39, 0x2D, 0x24, 0, 0xFF].shuffled(using: &self))
            }
        }
        return bytes
    }
}

/// Whatever comes, parsers end with a value or a typed error, in bounded time; a trap would end the test process. They give
/// way now and then: other tests wait for sockets on the same few threads.
@Suite(.timeLimit(.minutes(5))) struct WireFuzzTests {
    static let rounds = 100_000

    /// Decodes in random pieces. Every step consumes bytes, needs more, or fails.
    static func decode(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> Bool {
        var decoder = RTSPDecoder()
        if Bool.random(using: &generator) { decoder.channels = [0, 1] }
        var buffer = ByteBuffer()
        var rest = bytes[...]
        var elements = 0
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...200, using: &generator))
            rest = rest.dropFirst(piece.count)
            buffer.writeBytes(piece)
            do {
                while try decoder.next(from: &buffer) != nil { elements += 1 }
            } catch {
                return false
            }
        }
        #expect(elements <= bytes.count)
        return true
    }

    @Test func `random bytes trap no decoder`() async {
        var generator = SeededGenerator(seed: 1)
        var failures = 0
        for round in 0..<Self.rounds {
            if round % 256 == 0 { await Task.yield() }
            let bytes = generator.bytes(Int.random(in: 1...64, using: &generator))
            if !Self.decode(bytes, &generator) { failures += 1 }
        }
        #expect(failures > Self.rounds / 2, "most noise is refused")
    }

    @Test func `mutated messages trap no decoder`() async {
        var generator = SeededGenerator(seed: 2)
        let fixtures =
            WireFixture.all.map(\.bytes).filter { $0.count < 1_000 } + [RTSPDecoderTests.rtp(1) + RTSPDecoderTests.rtp(2)]
        var good = 0
        for round in 0..<Self.rounds {
            if round % 256 == 0 { await Task.yield() }
            if Self.decode(generator.mutated(fixtures[round % fixtures.count]), &generator) { good += 1 }
        }
        #expect(good > 0 && good < Self.rounds)
    }

    @Test func `mutated session descriptions trap no parser`() async {
        var generator = SeededGenerator(seed: 3)
        let fixtures = SDPFixture.all.map { Array($0.text.utf8) }
        var tracks = 0
        for round in 0..<Self.rounds / 5 {
            if round % 256 == 0 { await Task.yield() }
            let text = String(decoding: generator.mutated(fixtures[round % fixtures.count]), as: UTF8.self)
            guard let description = try? SessionDescription.parse(text) else { continue }
            if description.videoTrack != nil { tracks += 1 }
            _ = description.serialize()
        }
        #expect(tracks > 0)
    }

    @Test func `mutated and random parameter sets trap no parser`() async {
        var generator = SeededGenerator(seed: 4)
        var good = 0
        for round in 0..<Self.rounds {
            if round % 256 == 0 { await Task.yield() }
            let fixture = ParameterSetFixture.all[round % ParameterSetFixture.all.count]
            let bytes =
                round % 3 == 0
                ? Array(fixture.unit.prefix(2)) + generator.bytes(Int.random(in: 0...60, using: &generator))
                : generator.mutated(fixture.unit)
            for parameters in [ParameterSets.h264(sps: bytes), ParameterSets.h265(sps: bytes)] {
                guard let parameters else { continue }
                good += 1
                #expect((1...16_384).contains(parameters.width) && (1...16_384).contains(parameters.height))
                #expect((0...16).contains(parameters.reorderDepth ?? 0))
            }
        }
        #expect(good > 0)
    }

    @Test func `mutated headers trap no parser`() async {
        var generator = SeededGenerator(seed: 5)
        let texts = [
            "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1A2B3C4D;mode=\"PLAY\"", "12345678;timeout=60",
            "Digest realm=\"IP Camera(12345)\", nonce=\"abc\", qop=\"auth\", algorithm=SHA-256, stale=\"TRUE\", Basic realm=\"x\"",
        ].map { Array($0.utf8) }
        for round in 0..<Self.rounds {
            if round % 256 == 0 { await Task.yield() }
            let text = String(decoding: generator.mutated(texts[round % texts.count]), as: UTF8.self)
            _ = TransportHeader.parse(text).map { $0.serialize() }
            _ = SessionHeader.parse(text)
            _ = AuthenticationChallenge.parse([text])
            _ = ControlURL.resolve(control: text, contentBase: text, contentLocation: nil, requestURI: "rtsp://h/s")
        }
    }

    @Test func `mutated and random NAL units trap no reader`() async {
        var generator = SeededGenerator(seed: 7)
        let units: [[UInt8]] = [
            [0x06, 0x05, 0x04, 0, 0, 3, 0, 9, 0x06, 0x01, 0xC4, 0x80], [0x4E, 0x01, 0x06, 0x01, 0xD0, 0x80],
            [0x67, 0x42, 0xC0, 0x1E, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 0, 1, 0x65, 0x88, 0x84], [0x68, 0xCE, 0x3C, 0x80],
        ]
        var (points, heads, sets, found) = (0, 0, 0, 0)
        for round in 0..<Self.rounds / 5 {
            if round % 256 == 0 { await Task.yield() }
            let bytes =
                round % 4 == 0 ? generator.bytes(Int.random(in: 0...20, using: &generator)) : generator.mutated(units[round % 4])
            let codec: VideoCodec = round % 2 == 0 ? .h264 : .h265
            if RecoveryPoint.distance(in: bytes.span.bytes, codec: codec) != nil { points += 1 }
            let start = Int.random(in: 0...4, using: &generator)
            if SliceHead(bytes.span.bytes, from: start, isKey: round % 3 == 0, codec: codec) != nil { heads += 1 }
            if ParameterSetID(bytes, codec: codec) != nil { sets += 1 }
            for range in StartCode.units(in: bytes.span.bytes) {
                #expect(!range.isEmpty && range.upperBound <= bytes.count)
                found += 1
            }
        }
        #expect(points > 0 && heads > 0 && sets > 0 && found > 0)
    }

    @Test func `mutated sender reports trap no parser`() async {
        var generator = SeededGenerator(seed: 6)
        var buffer = ByteBuffer()
        SenderReport(ssrc: 1, ntp: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5).serialize(into: &buffer)
        let bytes = Array(buffer.readableBytesView)
        for round in 0..<Self.rounds {
            if round % 256 == 0 { await Task.yield() }
            let mutated = ByteBuffer(bytes: generator.mutated(bytes))
            _ = SenderReport(mutated.readableBytesSpan)
        }
    }
}
