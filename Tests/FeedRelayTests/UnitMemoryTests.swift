import NIOCore
import Testing

@testable import FeedRelay

@Suite struct UnitMemoryTests {
    private func packet(_ payload: Int, marker: Bool) -> [UInt8] {
        [0x90, (marker ? 0x80 : 0) | 35, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] + (0..<payload).map { UInt8(truncatingIfNeeded: $0) }
    }

    @Test func aPacketKeepsItsBytesButForWhatIsTheFeeds() {
        let memory = UnitMemory()
        let sent = packet(300, marker: true)
        memory.append(packet: sent.span.bytes, payloadType: 96, sequence: 0xABCD, timestamp: 0x0102_0304, ssrc: 0xF0E0_D0C0)
        memory.appendHeader(payloadLength: 2, marker: false, payloadType: 96, sequence: 0xABCE, timestamp: 7, ssrc: 8)
        memory.append(0x41, 0x42)
        let frames = memory.finish()
        let first: [UInt8] = [0x24, 0, 1, 56, 0x90, 0xE0, 0xAB, 0xCD, 1, 2, 3, 4, 0xF0, 0xE0, 0xD0, 0xC0] + sent[12...]
        let second: [UInt8] = [0x24, 0, 0, 14, 0x80, 0x60, 0xAB, 0xCE, 0, 0, 0, 7, 0, 0, 0, 8, 0x41, 0x42]
        #expect(Array(frames.readableBytesView) == first + second)
        #expect(memory.count == 0 && memory.finish().readableBytes == 0)
    }

    @Test("a unit of any size, after one of any other, has its bytes")
    func sizes() {
        let memory = UnitMemory()
        for payload in [1, 60_000, 1, 900, 8_000, 64_000, 3, 3] {
            for packets in [1, 7, 90] {
                var expected = 0
                for number in 0..<packets {
                    let bytes = packet(payload, marker: number == packets - 1)
                    memory.append(
                        packet: bytes.span.bytes, payloadType: 96, sequence: UInt16(number), timestamp: 1, ssrc: 1)
                    expected += bytes.count + 4
                }
                #expect(memory.count == expected)
                let frames = memory.finish()
                #expect(frames.readableBytes == expected)
                #expect(frames.readableBytesView.last == UInt8(truncatingIfNeeded: payload - 1))
            }
        }
    }

    @Test("what was handed out stays as it was, whatever is written behind it")
    func neighbours() {
        let memory = UnitMemory()
        let sizes = [200, 30_000, 65_000, 9, 40_000, 64, 1_000, 63_000, 12]
        let units = sizes.enumerated().map { number, size in
            let bytes = [UInt8](repeating: UInt8(number), count: size)
            memory.append(bytes.span.bytes)
            if number == 3 {
                // Forgotten in the middle, and written again.
                memory.clear()
                memory.append(bytes.span.bytes)
            }
            return memory.finish()
        }
        for (number, unit) in units.enumerated() {
            #expect(Array(unit.readableBytesView) == [UInt8](repeating: UInt8(number), count: sizes[number]))
        }
    }

    @Test func whatIsNoPacketIsNotWritten() {
        let memory = UnitMemory()
        memory.append(packet: [UInt8](repeating: 0x80, count: 11).span.bytes, payloadType: 96, sequence: 1, timestamp: 1, ssrc: 1)
        memory.append([UInt8]().span.bytes)
        #expect(memory.count == 0)
        memory.append(1, 2, 3)
        memory.clear()
        #expect(memory.finish().readableBytes == 0)
    }
}
