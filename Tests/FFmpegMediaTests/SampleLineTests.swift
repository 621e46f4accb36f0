import Testing

@testable import FFmpegMedia

/// 8 kHz, frames of 100 samples.
@Suite struct SampleLineTests {
    private var line = SampleLine(sampleRate: 8_000, channels: 1, frameLength: 100)

    private mutating func frames() -> [SampleLine.Frame] {
        var frames: [SampleLine.Frame] = []
        while let frame = line.next() { frames.append(frame) }
        return frames
    }

    private func samples(_ count: Int, _ value: Float = 1) -> [Float] { [Float](repeating: value, count: count) }

    @Test mutating func `pieces of any length become frames that lie one behind the other`() {
        for index in 0..<10 { line.append(samples(33, Float(index)), at: 5_000 + Int64(index) * 33) }
        let frames = frames()
        #expect(frames.map(\.time) == [5_000, 5_100, 5_200])
        #expect(frames.map(\.isFirst) == [true, false, false])
        #expect(frames.flatMap(\.samples) == (0..<300).map { Float($0 / 33) })
    }

    @Test mutating func `a lost piece is silence of its length, and what follows stays in its place`() {
        line.append(samples(160), at: 0)
        line.append(samples(160), at: 320)
        let heard = frames().flatMap(\.samples)
        #expect(heard.count == 400)
        #expect(heard.indices.allSatisfy { heard[$0] == ($0 < 160 || $0 >= 320 ? 1 : 0) })
    }

    @Test mutating func `what overlaps is dropped, and what lies behind is none`() {
        line.append(samples(160, 1), at: 0)
        line.append(samples(160, 2), at: 100)
        line.append(samples(160, 3), at: 50)
        line.append(samples(160, 4), at: 260)
        let heard = frames().flatMap(\.samples)
        #expect(heard == samples(160, 1) + samples(100, 2) + samples(140, 4))
    }

    @Test mutating func `rounded times are no holes, and never add up`() {
        var time = 0.0
        for _ in 0..<1_000 {
            // A camera whose clock is off by one in four hundred.
            line.append(samples(160), at: Int64(time))
            time += 160.4
        }
        let last = frames().last
        let end = (last?.time ?? 0) + 100
        #expect(abs(Double(end) - time) < 240, "\(end) \(time)")
    }

    @Test(arguments: [Int64(40_000), -40_000, Int64.max, Int64.min]) mutating func `after a long hole it begins anew`(jump: Int64) {
        line.append(samples(150), at: 1_000)
        _ = frames()
        line.append(samples(250), at: 1_000 &+ jump)
        let frames = frames()
        #expect(frames.map(\.time) == [1_000 &+ jump, 1_100 &+ jump])
        #expect(frames.map(\.isFirst) == [true, false])
    }

    @Test mutating func `samples of two channels stay together`() {
        line = SampleLine(sampleRate: 8_000, channels: 2, frameLength: 100)
        line.append((0..<121).map { Float($0 % 2) }, at: 0)
        line.append((0..<100).map { Float($0 % 2) }, at: 60)
        let heard = frames().flatMap(\.samples)
        #expect(heard == (0..<200).map { Float($0 % 2) })
    }
}
