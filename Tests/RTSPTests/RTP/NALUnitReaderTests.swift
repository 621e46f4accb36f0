import GatewayCore
import Testing

@testable import RTSP

/// What is read inside NAL units: recovery points, slice heads, numbers of parameter sets, start codes.
@Suite struct NALUnitReaderTests {
    @Test(
        arguments: [
            ([0x06, 0x06, 0x01, 0xC4, 0x80], VideoCodec.h264, 0), ([0x06, 0x06, 0x02, 0x17, 0x10, 0x80], .h264, 10),
            ([0x06, 0x05, 0x04, 0, 0, 3, 0, 9, 0x06, 0x01, 0xC4, 0x80], .h264, 0),
            ([0x06, 0x05, 0x04, 1, 2, 3, 4, 0x80], .h264, nil), ([0x06, 0x06, 0x01], .h264, nil), ([0x06], .h264, nil),
            ([0x06, 0xFF, 0xFF, 0xFF], .h264, nil), ([0x06, 0x06, 0x00, 0x80], .h264, nil),
            ([0x4E, 0x01, 0x06, 0x01, 0xD0, 0x80], .h265, 0), ([0x4E, 0x01, 0x06, 0x01, 0x50, 0x80], .h265, 1),
            ([0x4E, 0x01, 0x06, 0x01, 0x70, 0x80], .h265, 0),
        ] as [([UInt8], VideoCodec, Int?)])
    func recoveryPoints(unit: [UInt8], codec: VideoCodec, distance: Int?) {
        let found = RecoveryPoint.distance(in: unit.span.bytes, codec: codec)
        #expect(found == distance)
    }

    private func read(_ bytes: [UInt8], from start: Int, isKey: Bool, _ codec: VideoCodec) -> SliceHead? {
        SliceHead(bytes.span.bytes, from: start, isKey: isKey, codec: codec)
    }

    @Test func sliceHeads() throws {
        let first = try #require(read([0x65, 0x88, 0x84], from: 1, isKey: true, .h264))
        #expect(first.isFirst && first.isIntra == true && first.parameterSet == 0)
        let further = try #require(read([0x41, 0x31, 0xA0], from: 1, isKey: false, .h264))
        #expect(!further.isFirst && further.isIntra == false && further.parameterSet == 0)
        // A fragment: one bit that it is the first, one only key pictures have, then number 1.
        let fragment: [UInt8] = [0x62, 0x01, 0x93, 0b1001_0000, 0]
        #expect(read(fragment, from: 3, isKey: true, .h265)?.parameterSet == 1)
        #expect(read(fragment, from: 3, isKey: false, .h265)?.parameterSet == 3)
        #expect(read(fragment, from: 5, isKey: true, .h265) == nil)
        #expect(read(fragment, from: 99, isKey: true, .h264) == nil)
    }

    @Test func numbersOfParameterSets() throws {
        for fixture in ParameterSetFixture.all {
            let id = try #require(ParameterSetID(fixture.unit, codec: fixture.codec), "\(fixture.name)")
            #expect(id.kind == .sps && id.number == 0)
        }
        #expect(ParameterSetID([0x68, 0xCE, 0x3C, 0x80], codec: .h264) == ParameterSetID([0x68, 0xC2], codec: .h264))
        #expect(ParameterSetID([0x68, 0b0100_1011], codec: .h264)?.number == 1)
        #expect(ParameterSetID([0x68, 0b0100_1011], codec: .h264)?.sequence == 1)
        for unit: [UInt8] in [[], [0x67], [0x68], [0x68, 0], [0x65, 0x88], [0x67, 1, 2, 3]] {
            #expect(ParameterSetID(unit, codec: .h264) == nil)
        }
    }

    @Test(
        arguments: [
            ([], []), ([0, 0, 1], []), ([1, 2, 0, 0, 1, 3], [0..<2, 5..<6]),
            ([0, 0, 0, 1, 5, 0, 0, 0, 0, 1, 6, 0], [4..<5, 10..<11]),
            ([5, 0, 0, 3, 1], [0..<5]), ([0, 0, 1, 0, 0, 1, 7], [6..<7]), ([0, 0], []),
        ] as [([UInt8], [Range<Int>])])
    func startCodes(bytes: [UInt8], units: [Range<Int>]) {
        let found = StartCode.units(in: bytes.span.bytes)
        #expect(found == units)
    }
}
