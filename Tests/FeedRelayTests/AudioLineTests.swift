import GatewayCore
import NIOCore
import RTSP
import Testing

@testable import FeedRelay

@Suite struct AudioLineTests {
    private static let track = AudioTrack(codec: .pcma, payloadType: 8, clockRate: 8_000, channels: 1, control: "a")
    private static let start = NIODeadline.now()

    private var line = AudioLine(track: track, era: 1, ssrc: 7, firstSequence: 65_535, timestampOffset: 1_000)

    private func packet(_ sequence: UInt16, _ timestamp: UInt32, type: UInt8 = 8, payload: [UInt8] = [1, 2]) -> [UInt8] {
        [0x80, type, UInt8(sequence >> 8), UInt8(sequence & 255)]
            + (0..<4).map { UInt8(truncatingIfNeeded: timestamp >> (24 - $0 * 8)) } + [9, 9, 9, 9] + payload
    }

    private mutating func append(_ packet: [UInt8], at seconds: Double) {
        line.append(
            packet.span.bytes, arrival: Self.start + .milliseconds(Int64(seconds * 1_000)),
            moment: MediaTime(ticks: Int64(seconds * 90_000)))
    }

    /// Sequence number and timestamp of each packet of sound in the batch; reports are left out.
    private mutating func taken() -> [[UInt32]] {
        guard let batch = line.take() else { return [] }
        var frames = batch.frames
        var packets: [[UInt32]] = []
        while let (_, channel, length) = frames.readMultipleIntegers(as: (UInt8, UInt8, UInt16).self),
            var packet = frames.readSlice(length: Int(length))
        {
            guard channel == 2, let (_, sequence, time) = packet.readMultipleIntegers(as: (UInt16, UInt16, UInt32).self) else {
                continue
            }
            packets.append([UInt32(sequence), time])
        }
        return packets
    }

    @Test mutating func `numbers and times go on over a reconnect, by the time that passed`() {
        append(packet(40_000, 0xFFFF_FFF0), at: 1)
        append(packet(40_001, 0xFFFF_FFF0 &+ 160), at: 1.02)
        let before = taken()
        line.sessionBegan()
        append(packet(3, 77), at: 5)
        let after = taken()
        #expect(before == [[65_535, 9_000], [0, 9_160]] && after == [[1, 41_000]])
        append(packet(4, 237), at: 5.02)
        append(packet(5, 397), at: 5.04)
        #expect(line.take()?.line == 40_160)
    }

    @Test mutating func `a loss leaves its hole, what came twice is dropped`() {
        append(packet(1, 0), at: 0)
        append(packet(4, 480), at: 0.06)
        append(packet(4, 480), at: 0.06)
        append(packet(3, 320), at: 0.06)
        let numbers = taken().map { $0[0] }
        #expect(numbers == [65_535, 2])
        #expect(line.lostPackets == 2 && line.droppedPackets == 2)
    }

    @Test mutating func `what is none of the track is dropped, and a flood is bounded`() {
        append([1, 2, 3], at: 0)
        append(packet(1, 0, type: 9), at: 0)
        append(packet(1, 0, payload: []), at: 0)
        let nothing = line.take()
        #expect(line.droppedPackets == 3 && nothing == nil)
        for index in 0..<100 { append(packet(UInt16(index), UInt32(index), payload: [UInt8](repeating: 1, count: 1_000)), at: 0) }
        let batch = line.take()
        #expect(1...AudioLine.largestBatch + 100 ~= batch?.byteCount ?? 0)
        #expect(line.droppedPackets > 80)
    }

    @Test mutating func `a clock that jumps is re-based to the arrivals, and time never goes back`() {
        append(packet(1, 0), at: 0)
        append(packet(2, 8_000 * 60), at: 1)
        append(packet(3, 5), at: 2)
        append(packet(4, 165), at: 2.02)
        let times = taken().map { $0[1] }
        #expect(times == [1_000, 9_000, 17_000, 17_160] && line.rebases == 2)
    }

    @Test mutating func `the camera's reports set sound and picture right, and nothing sillier`() {
        append(packet(1, 0), at: 1)
        line.align(timestamp: 0, with: MediaTime(ticks: 90_000 + 27_000))
        append(packet(2, 160), at: 1.02)
        line.align(timestamp: 160, with: MediaTime(ticks: 90_000 * 1_000))
        append(packet(3, 320), at: 1.04)
        // Less than anybody hears is left alone.
        line.align(timestamp: 320, with: MediaTime(ticks: 90_000 + 27_000 + 3_600 + 900))
        append(packet(4, 480), at: 1.06)
        let times = taken().map { $0[1] }
        #expect(times == [9_000, 11_560, 11_720, 11_880])
    }

    @Test mutating func `its report lies on channel 3 and ties its own timestamps to the time that it is given`() throws {
        append(packet(1, 0), at: 1)
        var frames = line.report(at: MediaTime(ticks: 90_000), seconds: 1_700_000_000.5).frames
        let head = frames.readMultipleIntegers(as: (UInt8, UInt8, UInt16).self)
        #expect(head?.1 == 3)
        let bytes = frames.readSlice(length: 28) ?? ByteBuffer()
        let read = SenderReport(bytes.readableBytesSpan)
        let report = try #require(read)
        #expect(report.rtpTimestamp == 9_000 && report.packetCount == 1 && report.octetCount == 2 && report.ssrc == 7)
        #expect(abs(report.secondsSince1970 - 1_700_000_000.5) < 0.001)
    }

    @Test mutating func `random packets never trap`() {
        var seed: UInt64 = 5
        func next() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return seed >> 11
        }
        for _ in 0..<50_000 {
            var bytes = (0..<Int(next() % 40)).map { _ in UInt8(truncatingIfNeeded: next()) }
            if bytes.count > 1, next() % 4 > 0 { (bytes[0], bytes[1]) = (0x80, 8) }
            append(bytes, at: Double(next() % 100_000) / 1_000)
            line.align(timestamp: UInt32(truncatingIfNeeded: next()), with: MediaTime(ticks: Int64(next() % 9_000_000)))
            if next() % 9 == 0 { line.sessionBegan() }
            if next() % 5 == 0 { _ = line.take() }
        }
    }
}
