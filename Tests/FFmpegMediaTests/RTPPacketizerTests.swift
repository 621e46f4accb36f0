import GatewayCore
import Testing

@testable import FFmpegMedia

@Suite struct RTPPacketizerTests {
    private func packets(_ frames: [UInt8]) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        var rest = frames[...]
        while rest.count >= 4 {
            let start = rest.startIndex
            #expect(rest[start] == 0x24 && rest[start + 1] == 0)
            let length = Int(rest[start + 2]) << 8 | Int(rest[start + 3])
            packets.append(Array(rest[(start + 4)..<(start + 4 + length)]))
            rest = rest.dropFirst(4 + length)
        }
        #expect(rest.isEmpty)
        return packets
    }

    @Test(arguments: VideoCodec.allCases)
    func smallUnitsAreAsTheyAre(codec: VideoCodec) {
        var packetizer = RTPPacketizer(codec: codec, ssrc: 0x0102_0304, sequence: 0xFFFF)
        var frames: [UInt8] = []
        packetizer.append([0..<3, 3..<7], of: [0x67, 1, 2, 0x65, 3, 4, 5], timestamp: 0xA0B0_C0D0, to: &frames)
        #expect(
            packets(frames) == [
                [0x80, 96, 0xFF, 0xFF, 0xA0, 0xB0, 0xC0, 0xD0, 1, 2, 3, 4, 0x67, 1, 2],
                [0x80, 96 | 0x80, 0, 0, 0xA0, 0xB0, 0xC0, 0xD0, 1, 2, 3, 4, 0x65, 3, 4, 5],
            ])
    }

    @Test("fragments put together are the unit", arguments: VideoCodec.allCases, [1_400, 1_401, 2_799, 5_000, 70_000])
    func fragments(codec: VideoCodec, size: Int) {
        let header: [UInt8] = codec == .h264 ? [0x65] : [19 << 1, 1]
        let unit = header + (0..<size - header.count).map { UInt8(truncatingIfNeeded: $0) }
        var packetizer = RTPPacketizer(codec: codec)
        var frames: [UInt8] = []
        packetizer.append([0..<unit.count], of: unit, timestamp: 9, to: &frames)
        let packets = packets(frames)
        #expect(packets.allSatisfy { $0.count <= 12 + RTPPacketizer.payloadBytes })
        #expect(packets.map { ($0[1] & 0x80) != 0 } == packets.indices.map { $0 == packets.count - 1 })
        guard size > RTPPacketizer.payloadBytes else { return #expect(packets.count == 1) }
        let extra = header.count + 1
        var whole = header
        for (index, packet) in packets.enumerated() {
            let flags = packet[12 + extra - 1]
            #expect((flags & 0x80 != 0) == (index == 0))
            #expect((flags & 0x40 != 0) == (index == packets.count - 1))
            #expect(flags & 0x3F == (codec == .h264 ? 5 : 19))
            whole += packet[(12 + extra)...]
        }
        #expect(whole == unit)
    }
}
