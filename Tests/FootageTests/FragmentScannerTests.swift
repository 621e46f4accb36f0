import Foundation
import GatewayCore
import Testing

@testable import Footage

/// Builds boxes as our fragmenter writes them.
enum Boxes {
    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        number(UInt64(content.count + 8), 4) + Array(type.utf8) + content
    }
    static func number(_ value: UInt64, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> UInt64((bytes - 1 - $0) * 8)) }
    }

    static let initSegment = box("ftyp", Array("iso5mp41".utf8)) + box("moov", [UInt8](repeating: 1, count: 100))

    /// One `moof` and `mdat` of one sample.
    static func fragment(time: Int64, duration: UInt64, payload: Int) -> [UInt8] {
        let tfhd = box("tfhd", number(0x02_0008, 4) + number(1, 4) + number(duration, 4))
        let tfdt = box("tfdt", number(0x0100_0000, 4) + number(UInt64(time), 8))
        let trun = box("trun", number(0x205, 4) + number(1, 4) + number(100, 4) + number(0, 4) + number(UInt64(payload), 4))
        return box("moof", box("mfhd", number(0, 4) + number(1, 4)) + box("traf", tfhd + tfdt + trun))
            + box("mdat", (0..<payload).map { UInt8(truncatingIfNeeded: $0) })
    }
}

@Suite struct FragmentScannerTests {
    private func scan(_ bytes: [UInt8], from start: Int64 = 0) -> FragmentScanner.Playable {
        FragmentScanner(size: Int64(bytes.count)) { offset, count in
            guard offset >= 0, offset <= Int64(bytes.count) else { return [] }
            return Array(bytes[Int(offset)...].prefix(count))
        }.playable(from: start)
    }

    private let fragments = (0..<5).map { Boxes.fragment(time: Int64($0) * 6_000, duration: 6_000, payload: 50 + $0) }
    private var file: [UInt8] { Boxes.initSegment + fragments.flatMap(\.self) }

    @Test func aWholeFileIsPlayable() {
        #expect(scan(file) == .init(bytes: Int64(file.count), mediaEnd: MediaTime(ticks: 30_000), fragments: 5))
    }

    /// Cut at every byte, what is playable ends with the last whole fragment.
    @Test func cutAtEveryByteItEndsWithTheLastWholeFragment() {
        var ends = [Boxes.initSegment.count]
        for fragment in fragments { ends.append(ends.last! + fragment.count) }
        for length in 0...file.count {
            let found = scan(Array(file.prefix(length)))
            let whole = ends.lastIndex { $0 <= length }
            #expect(found.bytes == Int64(whole.map { ends[$0] } ?? 0))
            #expect(found.fragments == whole ?? 0)
            #expect(found.mediaEnd == whole.flatMap { $0 > 0 ? MediaTime(ticks: Int64($0) * 6_000) : nil })
        }
    }

    @Test func beginsAtAMark() {
        let mark = Int64(Boxes.initSegment.count + fragments[0].count + fragments[1].count)
        #expect(scan(file, from: mark) == .init(bytes: Int64(file.count), mediaEnd: MediaTime(ticks: 30_000), fragments: 3))
        #expect(scan(file, from: mark + 3).fragments == 0)
        #expect(scan(file, from: Int64(file.count) + 1) == .init(bytes: 0, mediaEnd: nil, fragments: 0))
        #expect(scan(file, from: -1).bytes == 0)
    }

    /// What a power cut leaves: zeros where data was to be.
    @Test func zerosEndIt() {
        let whole = Boxes.initSegment.count + fragments[0].count
        let torn = Array(file.prefix(whole)) + [UInt8](repeating: 0, count: 500)
        #expect(scan(torn).bytes == Int64(whole))
    }

    @Test func impossibleSizesEndIt() {
        let start = Boxes.initSegment + fragments[0]
        for tail in [
            Boxes.number(0, 4) + Array("moof".utf8), Boxes.number(7, 4) + Array("moof".utf8),
            Boxes.number(1, 4) + Array("moof".utf8) + Boxes.number(UInt64.max, 8),
            Boxes.number(1, 4) + Array("moof".utf8) + Boxes.number(15, 8),
            Boxes.number(UInt64(UInt32.max), 4) + Array("mdat".utf8), fragments[1].reversed(),
        ] {
            #expect(scan(start + tail + [UInt8](repeating: 0, count: 40)).bytes == Int64(start.count))
        }
    }

    @Test func aMoofWithoutItsMdatIsNotPlayed() {
        let moof = Array(fragments[1].prefix { _ in true }.prefix(Int(fragments[1].count) - 59))
        #expect(scan(Boxes.initSegment + fragments[0] + moof + fragments[2]).fragments == 1)
    }

    @Test func damageNeverTraps() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3_000 {
            var bytes = file
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            #expect(scan(bytes).bytes <= Int64(bytes.count))
        }
    }

    @Test func durationsOfSamplesAreAddedUp() {
        let tfdt = Boxes.box("tfdt", Boxes.number(0, 4) + Boxes.number(90_000, 4))
        let samples = [3_000, 4_000, 5_000].flatMap { Boxes.number(UInt64($0), 4) + Boxes.number(10, 4) }
        let trun = Boxes.box("trun", Boxes.number(0x301, 4) + Boxes.number(3, 4) + Boxes.number(80, 4) + samples)
        let moof = Boxes.box("moof", Boxes.box("traf", Boxes.box("tfhd", Boxes.number(0, 4) + Boxes.number(1, 4)) + tfdt + trun))
        #expect(scan(Boxes.initSegment + moof + Boxes.box("mdat", [1])).mediaEnd == MediaTime(ticks: 102_000))
    }
}
