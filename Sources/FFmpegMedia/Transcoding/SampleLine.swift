/// Makes frames of equal length, one behind the other, of pieces of sound that come with holes. Pure.
///
/// A sample stays where its time puts it: holes are filled with silence and what overlaps is dropped, so that losses and a
/// camera's jumps add up to nothing. Only after a hole of more than ``longestHole`` it begins anew.
struct SampleLine {
    /// Cameras round their timestamps: a difference of less is none. In seconds.
    static let tolerance = 0.005
    static let longestHole = 3.0

    struct Frame {
        /// Interleaved.
        var samples: [Float]
        /// Time of the first, in samples.
        var time: Int64
        /// Not behind the frame before.
        var isFirst: Bool
    }

    private let channels: Int
    private let frameLength: Int
    private let tolerance: Int64
    private let longestHole: Int64
    private var pending: [Float] = []
    /// Where the pending samples begin.
    private var start: Int64 = 0
    private var isEmpty = true
    private var isFirst = true

    init(sampleRate: Int, channels: Int, frameLength: Int) {
        self.channels = max(1, channels)
        self.frameLength = max(1, frameLength)
        tolerance = Int64(Double(sampleRate) * Self.tolerance)
        longestHole = Int64(Double(sampleRate) * Self.longestHole)
    }

    private var end: Int64 { start &+ Int64(pending.count / channels) }

    /// - Parameters:
    ///   - samples: interleaved; an incomplete last one is left out.
    ///   - time: of the first, in samples.
    mutating func append(_ samples: [Float], at time: Int64) {
        var samples = samples.prefix(samples.count - samples.count % channels)
        let difference = time &- end
        if isEmpty || difference.magnitude > longestHole.magnitude {
            pending.removeAll(keepingCapacity: true)
            start = time
            isFirst = true
            isEmpty = false
        } else if difference > tolerance {
            pending.append(contentsOf: repeatElement(0, count: Int(difference) * channels))
        } else if difference < -tolerance {
            samples = samples.dropFirst(Int(-difference) * channels)
        }
        pending.append(contentsOf: samples)
    }

    /// The next frame that is whole.
    mutating func next() -> Frame? {
        let count = frameLength * channels
        guard pending.count >= count else { return nil }
        let frame = Frame(samples: Array(pending.prefix(count)), time: start, isFirst: isFirst)
        pending.removeFirst(count)
        start &+= Int64(frameLength)
        isFirst = false
        return frame
    }
}
