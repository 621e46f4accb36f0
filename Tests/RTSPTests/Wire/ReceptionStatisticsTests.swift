import NIOCore
import Testing

@testable import RTSP

@Suite struct ReceptionStatisticsTests {
    private let start = NIODeadline.uptimeNanoseconds(8_000_000_000)

    private func packet(_ sequence: UInt16, timestamp: UInt32 = 0, ssrc: UInt32 = 9) -> [UInt8] {
        func bytes(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) } }
        return [0x80, 96, UInt8(sequence >> 8), UInt8(sequence & 255)] + bytes(timestamp) + bytes(ssrc)
    }

    private func required(_ block: ReceiverReport.Block?) throws -> ReceiverReport.Block { try #require(block) }

    @Test func `nothing to report before the first packet`() {
        var statistics = ReceptionStatistics()
        let block = statistics.report(now: start)
        #expect(block == nil)
    }

    @Test func `losses of the interval and of the whole, over the wrap`() throws {
        var statistics = ReceptionStatistics()
        // 65,530 … 3 with four missing of ten.
        for sequence: UInt16 in [65_530, 65_531, 65_534, 0, 1, 3] { statistics.count(packet(sequence).span.bytes) }
        var block = try required(statistics.report(now: start))
        #expect(block.ssrc == 9 && block.highestSequence == 0x1_0003)
        #expect(block.cumulativeLost == 4 && block.fractionLost == UInt8(4 * 256 / 10))
        for sequence: UInt16 in 4...13 { statistics.count(packet(sequence).span.bytes) }
        block = try required(statistics.report(now: start))
        #expect(block.cumulativeLost == 4 && block.fractionLost == 0 && block.highestSequence == 0x1_000D)
    }

    @Test func `duplicates make the loss negative, and the fraction zero`() throws {
        var statistics = ReceptionStatistics()
        for sequence: UInt16 in [1, 1, 1, 2] { statistics.count(packet(sequence).span.bytes) }
        let block = try required(statistics.report(now: start))
        #expect(block.cumulativeLost == -2 && block.fractionLost == 0)
        var buffer = ByteBuffer()
        ReceiverReport(ssrc: 1, block: block).serialize(into: &buffer, canonicalName: "x")
        #expect(buffer.getInteger(at: 12, as: UInt32.self) == 0x00FF_FFFE)
    }

    @Test func `another sender begins anew`() throws {
        var statistics = ReceptionStatistics()
        statistics.count(packet(1).span.bytes)
        statistics.count(packet(500, ssrc: 10).span.bytes)
        let block = try required(statistics.report(now: start))
        #expect(block.ssrc == 10 && block.cumulativeLost == 0 && block.highestSequence == 500)
    }

    @Test func `even arrivals have no jitter, uneven ones have theirs`() throws {
        var statistics = ReceptionStatistics()
        for index in 0..<50 {
            let arrival = start + .milliseconds(Int64(index) * 40)
            statistics.count(packet(UInt16(index), timestamp: UInt32(index) * 3_600).span.bytes, arrival: arrival)
        }
        let even = statistics.report(now: start)
        #expect(even?.jitter == 0)
        // Each second one 10 ms late: the differences are 900 ticks, and so is where the estimate goes.
        for index in 50..<250 {
            let arrival = start + .milliseconds(Int64(index) * 40 + (index % 2 == 0 ? 10 : 0))
            statistics.count(packet(UInt16(index), timestamp: UInt32(index) * 3_600).span.bytes, arrival: arrival)
        }
        let jitter = try required(statistics.report(now: start)).jitter
        #expect((890...910).contains(jitter))
    }

    @Test(arguments: [true, false]) func `the last sender report and the time since`(isBeforePackets: Bool) throws {
        var statistics = ReceptionStatistics()
        let report = SenderReport(ssrc: 9, ntp: 0x1122_3344_5566_7788, rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        let foreign = SenderReport(ssrc: 8, ntp: 1, rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        if isBeforePackets { statistics.note(report, arrival: start) }
        statistics.count(packet(1).span.bytes)
        if !isBeforePackets { statistics.note(report, arrival: start) }
        statistics.note(foreign, arrival: start)
        let block = try required(statistics.report(now: start + .milliseconds(1_500)))
        #expect(block.lastSenderReport == 0x3344_5566 && block.delaySinceLastSenderReport == 98_304)
    }

    @Test(arguments: [0, 1, 2, 3, 4, 13, 255, 300]) func `the packet is whole`(length: Int) throws {
        var statistics = ReceptionStatistics()
        statistics.count(packet(7).span.bytes)
        for block in [statistics.report(now: start), nil] {
            var buffer = ByteBuffer()
            ReceiverReport(ssrc: 5, block: block).serialize(into: &buffer, canonicalName: String(repeating: "n", count: length))
            let first = Int(try #require(buffer.getInteger(at: 2, as: UInt16.self)) + 1) * 4
            #expect(first == (block == nil ? 8 : 32) && buffer.getInteger(at: 1, as: UInt8.self) == 201)
            #expect(buffer.getInteger(at: first + 1, as: UInt8.self) == 202)
            let second = Int(try #require(buffer.getInteger(at: first + 2, as: UInt16.self)) + 1) * 4
            #expect(first + second == buffer.readableBytes && buffer.readableBytes % 4 == 0)
            #expect(buffer.getInteger(at: buffer.readableBytes - 1, as: UInt8.self) == 0)
        }
    }
}
