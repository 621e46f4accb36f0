import Testing

@testable import RTSP

@Suite struct AACReaderTests {
    private static let lengths = AACPacking.Lengths(size: 13, index: 3, indexDelta: 3)

    /// An RTP payload of whole units, with the sizes that it claims.
    private func payload(_ units: [[UInt8]], sizes: [Int]? = nil) -> [UInt8] {
        let sizes = sizes ?? units.map(\.count)
        let bits = sizes.count * 16
        return [UInt8(bits >> 8), UInt8(bits & 255)] + sizes.flatMap { [UInt8($0 >> 5 & 255), UInt8($0 << 3 & 255)] }
            + units.joined()
    }

    private func read(_ reader: inout AACReader, _ payload: [UInt8], marker: Bool = true) -> ([[UInt8]], Bool) {
        var units: [[UInt8]] = []
        let isGood = reader.read(payload.span.bytes, marker: marker) { span in units.append(span.withUnsafeBytes { Array($0) }) }
        return (units, isGood)
    }

    @Test func `several units of a packet come in order`() {
        var reader = AACReader(.elementary(Self.lengths))
        let units: [[UInt8]] = [[1, 2, 3], [4], [5, 6]]
        #expect(read(&reader, payload(units)) == (units, true))
    }

    @Test func `a unit in fragments comes once, at every split`() {
        let unit = (0..<20).map { UInt8($0) }
        for first in 1..<19 {
            for second in first + 1..<20 {
                var reader = AACReader(.elementary(Self.lengths))
                #expect(read(&reader, payload([Array(unit[..<first])], sizes: [20]), marker: false) == ([], true))
                #expect(read(&reader, payload([Array(unit[first..<second])], sizes: [20]), marker: false) == ([], true))
                #expect(read(&reader, payload([Array(unit[second...])], sizes: [20])) == ([unit], true))
                #expect(read(&reader, payload([[9]])) == ([[9]], true))
            }
        }
    }

    @Test func `a unit that lost a piece is dropped, the next is not`() {
        var reader = AACReader(.elementary(Self.lengths))
        _ = read(&reader, payload([[1, 2]], sizes: [6]), marker: false)
        reader.abandon()
        #expect(read(&reader, payload([[5, 6]], sizes: [6])).0 == [])
        #expect(read(&reader, payload([[7, 8, 9]])) == ([[7, 8, 9]], true))
    }

    @Test func `sizes beyond the packet end its reading`() {
        var reader = AACReader(.elementary(Self.lengths))
        let (units, isGood) = read(&reader, payload([[1, 2], [3]], sizes: [2, 4_000]))
        #expect(units == [[1, 2]] && !isGood)
        // More than any unit: not waited for.
        #expect(!read(&reader, payload([[1]], sizes: [8_191])).1)
        #expect(read(&reader, payload([[7]])) == ([[7]], true))
    }

    @Test(
        "what is no payload",
        arguments: [[], [0], [0, 16], [0, 16, 0, 8], [0, 0, 1, 2], [255, 255, 1, 2], [0, 3, 0, 8, 1], [0, 16, 0, 9, 1]] as [[UInt8]]
    )
    func malformed(payload: [UInt8]) {
        var reader = AACReader(.elementary(Self.lengths))
        #expect(read(&reader, payload) == ([], false))
    }

    @Test func `LATM: lengths of 255 and more, over one packet or two`() {
        let unit = (0..<300).map { UInt8($0 & 255) }
        let element: [UInt8] = [255, 45] + unit
        for split in 1..<element.count {
            var reader = AACReader(.latm(muxConfig: []))
            #expect(read(&reader, element) == ([unit], true))
            #expect(read(&reader, Array(element[..<split]), marker: false) == ([], true))
            #expect(read(&reader, Array(element[split...])) == ([unit], true))
            #expect(!read(&reader, [255, 255, 1]).1)
        }
    }

    @Test func `random bytes never trap, and units stay within their bound`() {
        var generator = SeededGenerator(seed: 7)
        let packings: [AACPacking] = [
            .elementary(Self.lengths), .elementary(.init(size: 16, index: 8, indexDelta: 8)),
            .elementary(.init(size: 1, index: 0, indexDelta: 0)), .latm(muxConfig: []),
        ]
        for packing in packings {
            var reader = AACReader(packing)
            for _ in 0..<20_000 {
                let bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
                let (units, _) = read(&reader, bytes, marker: Bool.random(using: &generator))
                #expect(units.allSatisfy { 1...AACReader.largestUnit ~= $0.count })
            }
        }
    }
}
