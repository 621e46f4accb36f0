import Foundation
import GatewayCore
import NIOCore
import Testing

@testable import FeedRelay

/// A camera's fragments without a camera.
struct FragmentMaker {
    var time: Double = 5
    private var count = 0
    private let began = Date(timeIntervalSince1970: 1_790_000_000)

    mutating func fragment(key: Bool, after step: Double) -> MediaFragment {
        time += step
        count += 1
        let bytes = ByteBuffer(integer: UInt32(count))
        let unit = AccessUnit(
            frames: bytes, mediaTime: MediaTime(ticks: Int64((time * 90_000).rounded())), arrival: .now(), isKey: key,
            firstSequence: 0, timestamp: 0)
        return MediaFragment(
            .init(bytes: bytes, plainChunk: bytes, message: bytes), of: unit, wallTime: began.addingTimeInterval(time))
    }
}

@Suite struct SegmentWindowTests {
    struct Camera: Sendable, CustomStringConvertible {
        var rate: Double
        var gop: Int
        var jitter = 0.0
        var description: String { "\(rate)/s, GOP \(gop), jitter \(jitter)" }
    }

    static let cameras: [Camera] = [
        Camera(rate: 25, gop: 50), Camera(rate: 25, gop: 50, jitter: 0.3), Camera(rate: 15, gop: 30, jitter: 0.2),
        Camera(rate: 30, gop: 15), Camera(rate: 12, gop: 240), Camera(rate: 5, gop: 10), Camera(rate: 1, gop: 4),
        Camera(rate: 25, gop: 1), Camera(rate: 60, gop: 120, jitter: 0.1), Camera(rate: 25, gop: 400),
    ]

    @Test("the specification's rules hold for two minutes of each camera, with a reconnect and new parameters", arguments: cameras)
    func rules(camera: Camera) {
        var maker = FragmentMaker()
        var generator = SeededGenerator(seed: 7)
        var checker = PlaylistChecker()
        let gop = MediaTime(ticks: Int64(Double(camera.gop) / camera.rate * 90_000))
        var window = SegmentWindow(gop: gop, frameDistance: MediaTime(ticks: Int64(90_000 / camera.rate)))
        window.runBegan(ByteBuffer(string: "one"))
        var deltas = 0
        for index in 0..<Int(camera.rate * 120) {
            if index == Int(camera.rate * 50) {
                window.closeSegment()
                window.runBegan(ByteBuffer(string: "one"))
            }
            if index == Int(camera.rate * 90) {
                window.closeSegment()
                window.runBegan(ByteBuffer(string: "two"))
            }
            let step = (1 + Double.random(in: -camera.jitter...camera.jitter, using: &generator)) / camera.rate
            let isNew = window.append(
                maker.fragment(key: index % camera.gop == 0, after: index == Int(camera.rate * 50) ? 4 : step))
            guard isNew, !window.segments.isEmpty else { continue }
            checker.check(window.playlist())
            if checker.check(window.playlist(skips: true), isDelta: true).skipped != nil { deltas += 1 }
        }
        #expect(checker.faults == [])
        #expect(checker.playlists > 50 && deltas > 10)
        let parts = checker.last?.segments.flatMap(\.parts) ?? []
        #expect(parts.contains { $0.isIndependent } || camera.gop > 100)
        #expect((0.2...1.2).contains(window.partTarget.seconds))
        #expect(window.maps.count == (window.targetDuration < 4 ? 1 : 2), "the older parameters leave with their segments")
    }

    @Test("a part and a segment hold each fragment once, in order")
    func content() {
        var maker = FragmentMaker()
        var window = SegmentWindow(gop: nil, frameDistance: MediaTime(ticks: 3_600))
        window.runBegan(ByteBuffer(string: "map"))
        for index in 0..<500 { window.append(maker.fragment(key: index % 50 == 0, after: 0.04)) }
        let numbers = (0..<window.nextPart).compactMap { window.part($0) }.flatMap(\.fragments)
            .map { $0.getInteger(at: $0.readerIndex, as: UInt32.self) ?? 0 }
        #expect(numbers == (1...UInt32(numbers.count)).map(\.self) && numbers.count > 480)
        let whole = window.segments.flatMap(\.parts).flatMap(\.fragments).count
        #expect(whole == 450)
        #expect(window.segments.allSatisfy { $0.parts.first?.isIndependent == true })
    }

    @Test func memoryHasABoundWhateverTheCameraSends() {
        var maker = FragmentMaker()
        var window = SegmentWindow(gop: nil, frameDistance: MediaTime(ticks: 3_600))
        window.runBegan(ByteBuffer(string: "map"))
        let large = ByteBuffer(repeating: 0, count: 4 << 20)
        for index in 0..<400 {
            let small = maker.fragment(key: index % 25 == 0, after: 0.04)
            let unit = AccessUnit(
                frames: ByteBuffer(), mediaTime: small.mediaTime, arrival: .now(), isKey: small.isKey, firstSequence: 0,
                timestamp: 0)
            window.append(
                MediaFragment(.init(bytes: large, plainChunk: large, message: large), of: unit, wallTime: small.wallTime))
        }
        // Camera of 100 MB a second: one whole segment, and the one under way.
        #expect(window.segments.count == 1)
    }

    @Test("what a blocking reload may ask for")
    func availability() {
        var maker = FragmentMaker()
        var window = SegmentWindow(gop: MediaTime(ticks: 180_000), frameDistance: MediaTime(ticks: 3_600))
        window.runBegan(ByteBuffer(string: "map"))
        for index in 0..<120 { window.append(maker.fragment(key: index % 50 == 0, after: 0.04)) }
        // Two whole segments of six parts (the last one short of two frames) and one part and a half of the third.
        #expect(window.openSequence == 2)
        let last = window.segments[1].parts.count
        #expect(window.availability(ofSegment: 1, part: nil) == .there)
        #expect(window.availability(ofSegment: 2, part: nil) == .expected)
        #expect(window.availability(ofSegment: 3, part: nil) == .expected)
        #expect(window.availability(ofSegment: 4, part: nil) == .tooFar)
        #expect(window.availability(ofSegment: 1, part: last - 1) == .there)
        #expect(window.availability(ofSegment: 1, part: last) == .there, "the first part of the next segment")
        let open = window.open?.parts.count ?? 0
        #expect(window.availability(ofSegment: 2, part: open - 1) == .there)
        #expect(window.availability(ofSegment: 2, part: open) == .expected)
        #expect(window.availability(ofSegment: 2, part: open + 40) == .tooFar)
    }

    @Test func requestsAreReadStrictly() throws {
        #expect(try HLSRequest(name: "live.m3u8", query: "") == .playlist(.init()))
        #expect(
            try HLSRequest(name: "live.m3u8", query: "_HLS_msn=7&x=1&_HLS_part=2&_HLS_skip=YES")
                == .playlist(.init(sequence: 7, part: 2, skips: true)))
        #expect(try HLSRequest(name: "segment12.m4s", query: "") == .segment(12))
        #expect(try HLSRequest(name: "part0.m4s", query: "") == .part(0))
        #expect(try HLSRequest(name: "init1.mp4", query: "") == .map(1))
        for query in [
            "_HLS_part=2", "_HLS_msn=-1", "_HLS_msn=", "_HLS_msn=99999999999999999999", "_HLS_skip=no", "_HLS_msn=1&_HLS_part=x",
        ] {
            #expect(throws: HLSRequest.Fault.badDirective) { try HLSRequest(name: "live.m3u8", query: query[...]) }
        }
        for name in ["", "segment.m4s", "segment1.mp4", "part-1.m4s", "../live.m3u8", "part1.m4s/", "init１.mp4"] {
            #expect(throws: HLSRequest.Fault.unknown) { try HLSRequest(name: name[...], query: "") }
        }
    }
}
