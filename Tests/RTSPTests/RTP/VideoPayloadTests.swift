import GatewayCore
import NIOCore
import Testing

@testable import RTSP

@Suite struct VideoPayloadTests {
    private func read(_ payload: [UInt8], _ codec: VideoCodec) -> VideoPayload? {
        VideoPayload(payload.span.bytes, codec: codec)
    }

    @Test func knowsTheKindsOfH264() {
        #expect(read([0x65, 1], .h264) == .single([.slice, .key]))
        #expect(read([0x41, 1], .h264) == .single(.slice))
        #expect(read([0x67, 1], .h264) == .single(.sps))
        #expect(read([0x06, 1], .h264) == .single(.supplement))
        #expect(
            read([0x7C, 0x85, 1], .h264)
                == .fragment([.slice, .key], starts: true, ends: false, offset: 2))
        #expect(
            read([0x78, 0, 2, 0x67, 1, 0, 1, 0x68], .h264) == .aggregate(kinds: [.sps, .pps], offset: 1))
    }

    @Test func knowsTheKindsOfH265() {
        #expect(read([19 << 1, 1], .h265) == .single([.slice, .key]))
        #expect(read([1 << 1, 1], .h265) == .single(.slice))
        #expect(
            read([49 << 1, 1, 0x40 | 21], .h265)
                == .fragment([.slice, .key], starts: false, ends: true, offset: 3))
        let sets: [UInt8] = [48 << 1, 1, 0, 2, 32 << 1, 1, 0, 2, 33 << 1, 1, 0, 2, 34 << 1, 1]
        #expect(read(sets, .h265) == .aggregate(kinds: [.vps, .sps, .pps], offset: 2))
    }

    @Test(
        "kinds that are not carried, and cut ones",
        arguments: [[], [0x7C], [25, 0, 0], [29, 1], [0x78], [0x78, 0, 9, 1]] as [[UInt8]])
    func refuses(payload: [UInt8]) {
        #expect(read(payload, .h264) == nil)
    }

    @Test func gathersFragmentsIntoOneUnit() {
        var gatherer = NALUnitGatherer(codec: .h264, capacity: 64)
        gatherer.append(packet: packet(1, [0x7C, 0x85, 10, 11]).span.bytes)
        gatherer.append(packet: packet(2, [0x7C, 0x05, 12]).span.bytes)
        gatherer.append(packet: packet(3, [0x7C, 0x45, 13]).span.bytes)
        #expect(gatherer.finish() == ByteBuffer(bytes: [0, 0, 0, 5, 0x65, 10, 11, 12, 13]))
    }

    @Test func leavesParameterSetsAndDelimitersOut() {
        var gatherer = NALUnitGatherer(codec: .h264, capacity: 64)
        gatherer.append(packet: packet(1, [0x78, 0, 2, 0x67, 1, 0, 2, 0x06, 5, 0, 1, 0x68]).span.bytes)
        gatherer.append(packet: packet(2, [0x09, 0xF0]).span.bytes)
        gatherer.append(packet: packet(3, [0x41, 7]).span.bytes)
        #expect(gatherer.finish() == ByteBuffer(bytes: [0, 0, 0, 2, 0x06, 5, 0, 0, 0, 2, 0x41, 7]))
    }

    @Test("a unit of which a piece was lost is left out whole, the next one stays")
    func dropsDamagedUnits() {
        var gatherer = NALUnitGatherer(codec: .h264, capacity: 64)
        gatherer.append(packet: packet(1, [0x7C, 0x85, 10]).span.bytes)
        gatherer.append(packet: packet(3, [0x7C, 0x45, 13]).span.bytes)
        gatherer.append(packet: packet(4, [0x41, 7]).span.bytes)
        #expect(gatherer.finish() == ByteBuffer(bytes: [0, 0, 0, 2, 0x41, 7]))
        #expect(gatherer.damagedUnits == 1)
    }

    @Test func restoresTheHeaderOfH265Fragments() {
        var gatherer = NALUnitGatherer(codec: .h265, capacity: 64)
        gatherer.append(packet: packet(1, [49 << 1, 1, 0x80 | 19, 10]).span.bytes)
        gatherer.append(packet: packet(2, [49 << 1, 1, 0x40 | 19, 11]).span.bytes)
        #expect(gatherer.finish() == ByteBuffer(bytes: [0, 0, 0, 4, 19 << 1, 1, 10, 11]))
    }

    @Test func randomBytesNeverTrap() {
        var generator = SeededGenerator(seed: 7)
        for codec in [VideoCodec.h264, .h265] {
            var gatherer = NALUnitGatherer(codec: codec, capacity: 1 << 16)
            for _ in 0..<50_000 {
                var bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                }
                if bytes.count > 12, Bool.random(using: &generator) { bytes[0] = 0x80 }
                gatherer.append(packet: bytes.span.bytes)
            }
            #expect(gatherer.finish().readableBytes > 0)
        }
    }

    private func packet(_ sequence: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0x80, 96, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 1] + payload
    }
}
