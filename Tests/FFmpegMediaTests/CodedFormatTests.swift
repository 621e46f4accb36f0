import GatewayCore
import Testing

@testable import FFmpegMedia

@Suite struct CodedFormatTests {
    private static let sps: [UInt8] = [0x67, 0x42, 0xC0, 0x1E, 0xDA]
    private static let pps: [UInt8] = [0x68, 0xCE, 0x3C]
    private static let avcC: [UInt8] = [1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0, 5] + sps + [1, 0, 3] + pps
    private static let hvcC: [UInt8] =
        [1] + [UInt8](repeating: 0, count: 20) + [0xFD, 2, 0x20, 0, 1, 0, 3, 0x40, 1, 9, 0x21, 0, 1, 0, 3, 0x42, 1, 8]

    @Test func recordOfH264() {
        let format = CodedFormat(codec: .h264, configuration: Self.avcC)
        #expect(format.packing == .lengths(bytes: 4))
        #expect(format.parameterSets == [Self.sps, Self.pps])
    }

    @Test func recordOfH265() {
        let format = CodedFormat(codec: .h265, configuration: Self.hvcC)
        #expect(format.packing == .lengths(bytes: 2))
        #expect(format.parameterSets == [[0x40, 1, 9], [0x42, 1, 8]])
    }

    @Test func startCodes() {
        let format = CodedFormat(codec: .h264, configuration: [0, 0, 0, 1] + Self.sps + [0, 0, 1] + Self.pps)
        #expect(format.packing == .startCodes)
        #expect(format.parameterSets == [Self.sps, Self.pps])
        #expect(CodedFormat(codec: .h264, configuration: []).parameterSets.isEmpty)
    }

    @Test("delimiters and fillers are left out, and a unit that is cut off")
    func units() {
        let format = CodedFormat(codec: .h264, configuration: Self.avcC)
        let data: [UInt8] = [0, 0, 0, 2, 9, 0x10] + [0, 0, 0, 3, 0x65, 1, 2] + [0, 0, 0, 2, 12, 0xFF] + [0, 0, 0, 9, 0x41, 1]
        #expect(format.units(in: data) == [10..<13])
    }

    @Test("nothing of any length makes a record or a unit trap", arguments: VideoCodec.allCases)
    func everyPrefix(codec: VideoCodec) {
        let record = codec == .h264 ? Self.avcC : Self.hvcC
        var generator = SystemRandomNumberGenerator()
        for length in 0...record.count {
            for _ in 0..<40 {
                var bytes = Array(record.prefix(length))
                if !bytes.isEmpty, Bool.random(using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
                }
                let format = CodedFormat(codec: codec, configuration: bytes)
                for range in format.units(in: bytes) { #expect(range.upperBound <= bytes.count) }
            }
        }
    }
}
