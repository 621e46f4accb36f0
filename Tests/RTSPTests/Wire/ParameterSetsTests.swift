import Testing

@testable import RTSP

@Suite struct ParameterSetsTests {
    @Test(arguments: ParameterSetFixture.all) func `each set gives its figures`(fixture: ParameterSetFixture) {
        #expect(fixture.parse(fixture.unit) == fixture.parameters)
    }

    @Test(arguments: ParameterSetFixture.all) func `a set cut short never gives another size`(fixture: ParameterSetFixture) {
        for count in 0..<fixture.unit.count {
            guard let parameters = fixture.parse(Array(fixture.unit.prefix(count))) else { continue }
            #expect(parameters.width == fixture.parameters.width && parameters.height == fixture.parameters.height)
        }
    }

    @Test(arguments: ParameterSetFixture.all) func `zeros after a set do no harm`(fixture: ParameterSetFixture) {
        #expect(fixture.parse(fixture.unit + [0, 0, 0]) == fixture.parameters)
    }

    /// Main profile, 320 × 240, four references, no VUI: pictures may be reordered, and nothing says how far.
    @Test(arguments: [(0, 4, Int?.none), (2, 4, 0), (0, 1, 0)])
    func `the depth is claimed only where it is certain`(orderType: Int, references: Int, depth: Int?) throws {
        var bits = BitWriter()
        bits.bits(0x67, 8)
        bits.bits(77, 8)
        bits.bits(0, 8)
        bits.bits(30, 8)
        for value in [0, 0, orderType] { bits.unsigned(value) }
        if orderType == 0 { bits.unsigned(2) }
        bits.unsigned(references)
        bits.bits(0, 1)
        bits.unsigned(19)
        bits.unsigned(14)
        bits.bits(0b1100, 4)
        let parameters = try #require(ParameterSets.h264(sps: bits.finished()))
        #expect(parameters.width == 320 && parameters.height == 240)
        #expect(parameters.reorderDepth == depth)
        #expect(parameters.frameRate == nil)
    }

    @Test func `sizes beyond 16,384 and crops beyond the picture are refused`() {
        for (columns, left) in [(5_000, 0), (20, 400)] {
            var bits = BitWriter()
            bits.bits(0x67_42_00_1E, 32)
            for value in [0, 0, 2, 1] { bits.unsigned(value) }
            bits.bits(0, 1)
            bits.unsigned(columns - 1)
            bits.unsigned(14)
            bits.bits(0b11, 2)
            bits.bits(left > 0 ? 1 : 0, 1)
            if left > 0 { for value in [left, 0, 0, 0] { bits.unsigned(value) } }
            bits.bits(0, 1)
            #expect(ParameterSets.h264(sps: bits.finished()) == nil)
        }
    }
}

/// Writes bits, most significant first; the opposite of what is tested, written apart from it.
private struct BitWriter {
    private var digits: [Bool] = []

    mutating func bits(_ value: Int, _ count: Int) {
        for place in (0..<count).reversed() { digits.append(value >> place & 1 == 1) }
    }

    mutating func unsigned(_ value: Int) {
        let length = Int.bitWidth - (value + 1).leadingZeroBitCount
        bits(0, length - 1)
        bits(value + 1, length)
    }

    /// With the stop bit, and emulation prevention where it is needed.
    func finished() -> [UInt8] {
        var rest = digits + [true]
        while rest.count % 8 != 0 { rest.append(false) }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: rest.count, by: 8) {
            let byte = rest[start..<(start + 8)].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
            if byte <= 3, bytes.count >= 2, bytes.suffix(2) == [0, 0] { bytes.append(3) }
            bytes.append(byte)
        }
        return bytes
    }
}
