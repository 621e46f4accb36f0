import Foundation
import GatewayCore
import NIOCore
import RTSP

@testable import FeedRelay

/// Writes the RTP packets of a scripted camera, picture after picture.
struct CameraScript {
    var maker = PacketMaker()
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private(set) var packets: [(bytes: [UInt8], arrival: NIODeadline)] = []

    init() {}

    /// Goes on where another one ended, without its packets.
    init(continuing other: CameraScript) {
        maker = other.maker
        now = other.now
    }

    mutating func packet(_ payload: [UInt8], marker: Bool = false) {
        packets.append((maker.packet(payload, marker: marker), now))
    }

    mutating func raw(_ bytes: [UInt8]) { packets.append((bytes, now)) }

    /// One picture, a packet a payload, with the marker on the last; then a frame's time passes.
    mutating func picture(_ payloads: [UInt8]..., marker: Bool = true, ticks: Int32 = 3_600, milliseconds: Int64 = 40) {
        for (index, payload) in payloads.enumerated() { packet(payload, marker: marker && index == payloads.count - 1) }
        pass(ticks: ticks, milliseconds: milliseconds)
    }

    mutating func pass(ticks: Int32, milliseconds: Int64) {
        maker.timestamp &+= UInt32(bitPattern: ticks)
        now = now + .milliseconds(milliseconds)
    }

    mutating func lose(_ count: UInt16) { maker.sequence &+= count }
    mutating func again() { if let last = packets.last { packets.append(last) } }
}

/// NAL units of H.264 and H.265 that cameras in these tests send; the slices have true slice headers.
enum Unit {
    static let sps = LoopbackCamera.sps
    static let pps = LoopbackCamera.pps
    /// Of another size.
    static let nightSPS = base64("Z0LAFtkAoC/5cBEAAAMAAQAAAwAeDxYuSA==")
    /// Number 1.
    static let spsOne = renumbered(sps, at: 4, bits: 1, as: "010")
    /// Number 1, of sequence 0.
    static let ppsOne = renumbered(pps, at: 1, bits: 1, as: "010")
    /// Number 1, of sequence 1.
    static let ppsOneOne = renumbered(pps, at: 1, bits: 2, as: "010010")
    static let delimiter: [UInt8] = [0x09, 0xF0]
    static let recovery: [UInt8] = [0x06, 0x06, 0x01, 0xC4, 0x80]
    static let recoveryAfterTen: [UInt8] = [0x06, 0x06, 0x02, 0x17, 0x10, 0x80]
    static let userData: [UInt8] = [0x06, 0x05, 0x04, 0, 0, 3, 0, 9, 0x80]
    static let userDataAndRecovery: [UInt8] = [0x06, 0x05, 0x04, 0, 0, 3, 0, 9, 0x06, 0x01, 0xC4, 0x80]

    static func idr(_ seed: UInt8 = 1, _ count: Int = 40) -> [UInt8] { [0x65, 0x88, 0x84] + body(seed, count) }
    /// Of picture parameter set 1.
    static func idrOne(_ seed: UInt8 = 1) -> [UInt8] { [0x65, 0x88, 0x50] + body(seed, 40) }
    static func p(_ seed: UInt8, _ count: Int = 40) -> [UInt8] { [0x41, 0x9A, 0x11] + body(seed, count) }
    static func intra(_ seed: UInt8, _ count: Int = 40) -> [UInt8] { [0x41, 0x88, 0x91] + body(seed, count) }
    /// A slice that is not its picture's first.
    static func further(_ seed: UInt8) -> [UInt8] { [0x41, 0x31, 0xA1] + body(seed, 30) }
    static func furtherIDR(_ seed: UInt8) -> [UInt8] { [0x65, 0x31, 0x04] + body(seed, 30) }

    static let h265VPS = base64("QAEMAf//AWAAAAMAkAAAAwAAAwA/koCQ")
    static let h265SPS = base64("QgEBAWAAAAMAkAAAAwAAAwA/oAUCAWllkqSTK8BaAgAAAwACAAADAB4Q")
    static let h265PPS = base64("RAHBcrRiQA==")
    static let h265Recovery: [UInt8] = [0x4E, 0x01, 0x06, 0x01, 0xD0, 0x80]
    static func h265IDR(_ seed: UInt8, _ count: Int = 40) -> [UInt8] { [0x26, 0x01, 0xAF] + body(seed, count) }
    static func h265CRA(_ seed: UInt8) -> [UInt8] { [0x2A, 0x01, 0xAF] + body(seed, 40) }
    static func h265P(_ seed: UInt8) -> [UInt8] { [0x02, 0x01, 0xD0] + body(seed, 40) }

    /// Bytes without zeros: they hold no start code.
    static func body(_ seed: UInt8, _ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(seed))
        return (0..<count).map { _ in UInt8.random(in: 1...255, using: &generator) }
    }

    static func byteStream(_ units: [[UInt8]], leading: Bool = true) -> [UInt8] {
        Array(units.enumerated().map { index, unit in index == 0 && !leading ? unit : [0, 0, 0, 1] + unit }.joined())
    }

    /// FU-A packets of at most so many bytes.
    static func fragments(_ unit: [UInt8], _ size: Int = 20) -> [[UInt8]] {
        pieces(unit.dropFirst(1), size) { [unit[0] & 0xE0 | 28, $0 | unit[0] & 0x1F] }
    }

    static func h265Fragments(_ unit: [UInt8], _ size: Int = 20) -> [[UInt8]] {
        pieces(unit.dropFirst(2), size) { [unit[0] & 0x81 | 49 << 1, unit[1], $0 | unit[0] >> 1 & 0x3F] }
    }

    static func aggregate(_ units: [[UInt8]]) -> [UInt8] {
        [0x78] + units.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0 }
    }

    private static func pieces(_ bytes: ArraySlice<UInt8>, _ size: Int, _ header: (UInt8) -> [UInt8]) -> [[UInt8]] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { start in
            let end = min(start + size, bytes.endIndex)
            return header((start == bytes.startIndex ? 0x80 : 0) | (end == bytes.endIndex ? 0x40 : 0)) + bytes[start..<end]
        }
    }

    private static func base64(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { Array($0) } ?? [] }

    private static func renumbered(_ unit: [UInt8], at byte: Int, bits: Int, as number: String) -> [UInt8] {
        func digits(_ byte: UInt8) -> String {
            let text = String(byte, radix: 2)
            return String(repeating: "0", count: 8 - text.count) + text
        }
        var text = number + unit[byte...].map(digits).joined().dropFirst(bits)
        text += String(repeating: "0", count: (8 - text.count % 8) % 8)
        let digitsOfAll = Array(text)
        return unit[..<byte]
            + stride(from: 0, to: digitsOfAll.count, by: 8).map { UInt8(String(digitsOfAll[$0..<$0 + 8]), radix: 2) ?? 0 }
    }

    /// The NAL units of an access unit's packets, as a plain reader puts them together.
    static func units(of unit: AccessUnit, _ codec: VideoCodec) -> [[UInt8]] {
        units(of: AccessUnitAssemblerTests.packets(of: unit).map(\.payload), codec)
    }

    static func units(of payloads: [[UInt8]], _ codec: VideoCodec = .h264) -> [[UInt8]] {
        var units: [[UInt8]] = []
        var open: [UInt8] = []
        for payload in payloads {
            let type = codec == .h264 ? payload[0] & 0x1F : payload[0] >> 1 & 0x3F
            switch (codec, type) {
            case (.h264, 24), (.h265, 48):
                var rest = payload.dropFirst(codec == .h264 ? 1 : 2)
                while rest.count > 2 {
                    let count = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
                    units.append(Array(rest.dropFirst(2).prefix(count)))
                    rest = rest.dropFirst(2 + count)
                }
            case (.h264, 28):
                if payload[1] & 0x80 != 0 { open = [payload[0] & 0xE0 | payload[1] & 0x1F] }
                open += payload.dropFirst(2)
                if payload[1] & 0x40 != 0 { units.append(open) }
            case (.h265, 49):
                if payload[2] & 0x80 != 0 { open = [payload[0] & 0x81 | (payload[2] & 0x3F) << 1, payload[1]] }
                open += payload.dropFirst(3)
                if payload[2] & 0x40 != 0 { units.append(open) }
            default: units.append(payload)
            }
        }
        return units
    }
}
