import GatewayCore
import Testing

@testable import RTSP

/// Sequence parameter sets that x264 and x265 wrote for pictures made by FFmpeg, and one made by hand.
struct ParameterSetFixture: CustomTestStringConvertible, Sendable {
    let name: String
    let codec: VideoCodec
    let unit: [UInt8]
    let parameters: SequenceParameters

    init(_ name: String, _ codec: VideoCodec, _ digits: String, _ parameters: SequenceParameters) {
        self.name = name
        self.codec = codec
        self.unit = Self.bytes(digits)
        self.parameters = parameters
    }

    var testDescription: String { name }

    func parse(_ unit: [UInt8]) -> SequenceParameters? {
        codec == .h264 ? ParameterSets.h264(sps: unit) : ParameterSets.h265(sps: unit)
    }

    static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
    }

    static let all: [ParameterSetFixture] = [
        ParameterSetFixture(
            "baseline 640 × 360", .h264, "6742c016d900a02ff970110000030001000003001e0f162e48",
            .init(width: 640, height: 360, profile: 66, constraints: 0xC0, level: 22, reorderDepth: 0, frameRate: 15)),
        ParameterSetFixture(
            "high 1080p, cropped, two B-frames", .h264, "67640028acd940780227e5c044000003000400000300c83c60c658",
            .init(width: 1_920, height: 1_080, profile: 100, constraints: 0, level: 40, reorderDepth: 2, frameRate: 25)),
        ParameterSetFixture(
            "main 1280 × 718 at 29.97", .h264, "674d401fd9005005bfac04400000fa40003a9803c60c92",
            .init(
                width: 1_280, height: 718, profile: 77, constraints: 0x40, level: 31, reorderDepth: 0,
                frameRate: 30_000.0 / 1_001)),
        ParameterSetFixture(
            "interlaced 720 × 576", .h264, "6764001eacd940b424d8088000000300800000190f8a14cb",
            .init(width: 720, height: 576, profile: 100, constraints: 0, level: 30, reorderDepth: 2, frameRate: 25)),
        ParameterSetFixture(
            "4:4:4 640 × 480", .h264, "67f4001e919b281407b60220000003002000000641e2c5b2c0",
            .init(
                width: 640, height: 480, profile: 244, constraints: 0, level: 30, reorderDepth: 2, frameRate: 25,
                format: .init(chroma: 3))),
        ParameterSetFixture(
            "H.265 1080p, B-frames", .h265,
            "420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c84",
            .init(
                width: 1_920, height: 1_080, profile: 1, constraints: 0x60, level: 120, reorderDepth: 2, frameRate: 25,
                profileTierLevel: bytes("016000000090000000000078"), isTemporalIDNested: true)),
        ParameterSetFixture(
            "H.265 640 × 360 without B-frames", .h265,
            "42010101600000030090000003000003003fa0050201696592a4932bc05a020000030002000003001e10",
            .init(
                width: 640, height: 360, profile: 1, constraints: 0x60, level: 63, reorderDepth: 0, frameRate: 15,
                profileTierLevel: bytes("01600000009000000000003f"), isTemporalIDNested: true)),
        ParameterSetFixture(
            "H.265 ten bits, scaling lists, HRD, cropped", .h265,
            "420101022000000300900000030000030078a00280802d1f4d96566924e5780b4040000003004000000c9827261b8003d090007a1220",
            .init(
                width: 1_280, height: 718, profile: 2, constraints: 0x20, level: 120, reorderDepth: 2, frameRate: 50,
                format: .init(lumaDepth: 10, chromaDepth: 10), profileTierLevel: bytes("022000000090000000000078"),
                isTemporalIDNested: true)),
    ]
}
