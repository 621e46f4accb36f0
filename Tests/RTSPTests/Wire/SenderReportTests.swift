import NIOCore
import Testing

@testable import RTSP

@Suite struct SenderReportTests {
    private func read(_ buffer: ByteBuffer) -> SenderReport? { SenderReport(buffer.readableBytesSpan) }

    @Test func `a round trip, alone and behind another packet`() {
        let report = SenderReport(
            ssrc: 0xDEAD_BEEF, ntp: 0xE901_2345_8000_0000, rtpTimestamp: 0xFFFF_FFFF, packetCount: 7, octetCount: .max)
        var buffer = ByteBuffer()
        report.serialize(into: &buffer)
        #expect(buffer.readableBytes == SenderReport.byteCount)
        #expect(read(buffer) == report)
        // RFC 3550 section 6.5: an SDES of one empty chunk before it.
        var compound = ByteBuffer(bytes: [0x81, 202, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0])
        compound.writeBuffer(&buffer)
        #expect(read(compound) == report)
    }

    @Test(
        arguments: [
            [], [0x80], [0x80, 200, 0, 6, 0, 0, 0, 0], [0x40, 200, 0, 6] + [UInt8](repeating: 0, count: 24),
            [0x80, 200, 0, 1, 0, 0, 0, 0], [0x80, 201, 0, 1, 0, 0, 0, 0],
        ] as [[UInt8]])
    func `what holds none gives none`(bytes: [UInt8]) {
        let buffer = ByteBuffer(bytes: bytes)
        #expect(read(buffer) == nil)
    }

    @Test func `wall time to NTP and back`() {
        let seconds = 1_780_000_000.25
        let report = SenderReport(
            ssrc: 0, ntp: SenderReport.ntp(secondsSince1970: seconds), rtpTimestamp: 0, packetCount: 0, octetCount: 0)
        #expect(abs(report.secondsSince1970 - seconds) < 0.000_01)
        for odd in [Double.nan, .infinity, -1e300, 1e300] { _ = SenderReport.ntp(secondsSince1970: odd) }
    }
}
