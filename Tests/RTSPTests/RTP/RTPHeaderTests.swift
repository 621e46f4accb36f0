import Testing

@testable import RTSP

@Suite struct RTPHeaderTests {
    private let plain: [UInt8] = [0x80, 0xE0, 0x12, 0x34, 0, 0, 1, 0, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3]

    private func header(_ packet: [UInt8]) -> RTPHeader? { RTPHeader(packet.span.bytes) }

    @Test func readsTheFixedHeader() throws {
        let read = try #require(header(plain))
        #expect(read.marker)
        #expect(read.payloadType == 96)
        #expect(read.sequence == 0x1234)
        #expect(read.timestamp == 256)
        #expect(read.ssrc == 0xDEAD_BEEF)
        #expect(read.payload == 12..<15)
    }

    @Test func skipsContributingSourcesAndExtension() {
        var packet = plain
        packet[0] = 0x91  // extension, one contributing source
        packet.insert(contentsOf: [9, 9, 9, 9, 0xAB, 0xAC, 0, 1, 7, 7, 7, 7], at: 12)
        #expect(header(packet)?.payload == 24..<27)
    }

    @Test func leavesPaddingOut() {
        var packet = plain
        packet[0] = 0xA0
        packet += [0, 0, 3]
        #expect(header(packet)?.payload == 12..<15)
    }

    @Test("padding bit without padding, as some cameras send it", arguments: [UInt8(0), 200])
    func paddingBitWithoutPadding(last: UInt8) throws {
        var packet = plain
        packet[0] = 0xA0
        packet[14] = last
        #expect(header(packet)?.payload == 12..<15)
    }

    @Test func refusesEveryCut() {
        var packet = plain
        packet[0] = 0x91
        packet.insert(contentsOf: [9, 9, 9, 9, 0xAB, 0xAC, 0, 1, 7, 7, 7, 7], at: 12)
        for length in 0..<24 { #expect(header(Array(packet.prefix(length))) == nil, "\(length)") }
    }

    @Test func refusesOtherVersions() {
        for first in [UInt8(0), 0x40, 0xC0] {
            var packet = plain
            packet[0] = first
            #expect(header(packet) == nil)
        }
    }
}
