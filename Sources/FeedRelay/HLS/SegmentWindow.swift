import Foundation
import GatewayCore
import NIOCore

/// The segments and parts of a live HLS playlist, and which of them are kept (draft-pantos-hls-rfc8216bis).
///
/// A segment begins at a key picture; one that grows beyond the target duration is cut in the middle of its GOP, since the
/// target may never change. A part is as many fragments as fit the part target: the fragments that the browsers get, not
/// copied. Parts are numbered through all segments, so that the hinted next part is right whether a segment ends before
/// it or not.
///
/// Pure: no clock, no I/O.
struct SegmentWindow {
    struct Part {
        let number: Int
        let fragments: [ByteBuffer]
        let duration: MediaTime
        /// Decoding can begin with it.
        let isIndependent: Bool

        var byteCount: Int { fragments.reduce(0) { $0 + $1.readableBytes } }
    }

    struct Segment {
        let sequence: Int
        /// Which initialization segment its fragments belong to.
        let map: Int
        /// Its times or parameters do not go on from the segment before.
        let isDiscontinuous: Bool
        /// When the camera's first picture in it was read.
        let wallTime: Date
        var parts: [Part] = []

        var duration: MediaTime { parts.reduce(.zero) { $0 + $1.duration } }
        var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }
    }

    private struct OpenPart {
        var fragments: [ByteBuffer] = []
        var duration = MediaTime.zero
        var isIndependent = false
    }

    /// Shortest segment that a key picture ends, so that cameras of short GOPs have no playlists of hundreds of lines.
    static let shortestSegment = MediaTime(ticks: MediaTime.ticksPerSecond)
    /// A step of media time above it is a hole.
    static let longestStep = MediaTime(ticks: 3 * MediaTime.ticksPerSecond)
    /// Above the first only three target durations are kept, above the second nothing but the newest segment.
    static let byteLimits = (soft: 16 << 20, hard: 48 << 20)

    /// Seconds; no segment's duration, rounded, is longer.
    let targetDuration: Int
    /// No part is longer.
    let partTarget: MediaTime
    private let frameDistance: MediaTime
    private(set) var segments: [Segment] = []
    private(set) var open: Segment?
    private(set) var maps: [Int: ByteBuffer] = [:]
    /// Discontinuities that left the window.
    private(set) var discontinuitySequence = 0
    private var part = OpenPart()
    /// Media time that parts were said to be shorter than they are, so far.
    private var carry = MediaTime.zero
    private var nextSegment = 0
    private(set) var nextPart = 0
    private var map = -1
    private var lastTime: MediaTime?
    private var isDiscontinuous = false

    /// - Parameters:
    ///   - gop: distance of key pictures, if it is known.
    ///   - frameDistance: of the stream as it begins; a part holds about a third of a second of such frames.
    init(gop: MediaTime?, frameDistance: MediaTime) {
        let distance = min(max(frameDistance.ticks, MediaTime.ticksPerSecond / 120), MediaTime.ticksPerSecond)
        self.frameDistance = MediaTime(ticks: distance)
        let frames = max(1, (MediaTime.ticksPerSecond / 3 + distance / 2) / distance)
        // A tenth more than they last, for cameras whose frames are not equally long: a part of one frame less than fit is
        // still above the 85 % that the specification asks for.
        partTarget = MediaTime(ticks: frames * distance * 11 / 10)
        targetDuration = gop.map { min(max(Int($0.seconds.rounded(.up)), 2), 6) } ?? 4
    }

    /// Sequence number of the segment under way.
    var openSequence: Int { open?.sequence ?? nextSegment }
    private var openDuration: MediaTime { (open?.duration ?? .zero) + part.duration + carry }

    // MARK: Growing

    /// A run of fragments begins: after another one, with a discontinuity.
    mutating func runBegan(_ initSegment: ByteBuffer) {
        if map >= 0 {
            closeSegment()
            isDiscontinuous = true
            carry = .zero
        }
        lastTime = nil
        guard maps[map] != initSegment else { return }
        map += 1
        maps[map] = initSegment
    }

    /// `true` if a part was completed.
    @discardableResult
    mutating func append(_ fragment: MediaFragment) -> Bool {
        let published = nextPart
        var step = lastTime.map { fragment.mediaTime - $0 } ?? frameDistance
        if step <= .zero || step > Self.longestStep {
            closeSegment()
            isDiscontinuous = true
            carry = .zero
            step = frameDistance
        }
        lastTime = fragment.mediaTime
        if open != nil, fragment.isKey && openDuration >= Self.shortestSegment || openDuration + step > longestSegment {
            closeSegment()
        }
        if part.duration + carry + step > partTarget { closePart() }
        if open == nil {
            open = Segment(sequence: nextSegment, map: map, isDiscontinuous: isDiscontinuous, wallTime: fragment.wallTime)
            nextSegment += 1
            isDiscontinuous = false
        }
        if part.fragments.isEmpty { part.isIndependent = fragment.isKey }
        part.fragments.append(fragment.bytes)
        part.duration = part.duration + step
        // It leaves as soon as another such frame would not fit.
        if part.duration + carry + step > partTarget { closePart() }
        return nextPart != published
    }

    /// Leaves room for what a last part may be said to be longer than it is: a segment, rounded, is at most the target.
    private var longestSegment: MediaTime {
        MediaTime(ticks: Int64(targetDuration) * MediaTime.ticksPerSecond + MediaTime.ticksPerSecond * 49 / 100) - partTarget
    }

    /// Frames are not equally long, and a part of whole frames may not be between 85 and 100 % of its target. What it is said to
    /// be shorter or longer than it is, the next parts make up for.
    private mutating func closePart(isLast: Bool = false) {
        guard !part.fragments.isEmpty else { return }
        let shortest = isLast ? MediaTime(ticks: 90) : MediaTime(ticks: partTarget.ticks * 86 / 100)
        let due = part.duration + carry
        let told = min(max(due, shortest), partTarget)
        carry = min(max(due - told, .zero - partTarget), partTarget)
        open?.parts.append(
            Part(number: nextPart, fragments: part.fragments, duration: told, isIndependent: part.isIndependent))
        nextPart += 1
        part = OpenPart()
    }

    /// What there is becomes a whole segment, whether a key picture follows or not.
    mutating func closeSegment() {
        closePart(isLast: true)
        guard let closed = open else { return }
        open = nil
        segments.append(closed)
        prune()
    }

    private mutating func prune() {
        let second = MediaTime.ticksPerSecond
        var duration = segments.reduce(.zero) { $0 + $1.duration }
        var bytes = segments.reduce(0) { $0 + $1.byteCount }
        while let first = segments.first, segments.count > 1 {
            let rest = duration - first.duration
            let isSurplus = rest.ticks >= Int64(8 * targetDuration) * second
            let isLarge = bytes > Self.byteLimits.soft && rest.ticks >= Int64(3 * targetDuration) * second
            guard isSurplus || isLarge || bytes > Self.byteLimits.hard else { break }
            segments.removeFirst()
            duration = rest
            bytes -= first.byteCount
            if first.isDiscontinuous { discontinuitySequence += 1 }
        }
        let used = Set(segments.map(\.map) + [map])
        maps = maps.filter { used.contains($0.key) }
    }

    // MARK: Reading

    func segment(_ sequence: Int) -> Segment? { segments.first { $0.sequence == sequence } }

    func part(_ number: Int) -> Part? {
        for segment in segments.reversed() + [open].compactMap(\.self) {
            if let part = segment.parts.first(where: { $0.number == number }) { return part }
        }
        return nil
    }

    enum Availability: Equatable {
        case there
        case expected
        /// Further ahead than a client may ask for.
        case tooFar
    }

    /// Whether the playlist holds what a blocking reload asks for: a whole segment, or a part of one.
    func availability(ofSegment sequence: Int, part index: Int?) -> Availability {
        if sequence > openSequence + 1 { return .tooFar }
        guard let index else { return sequence < openSequence ? .there : .expected }
        if sequence < openSequence {
            guard let whole = segment(sequence), index >= whole.parts.count else { return .there }
            // A part beyond the last is the first of the segment after.
            return availability(ofSegment: sequence + 1, part: 0)
        }
        let count = sequence == openSequence ? open?.parts.count ?? 0 : 0
        if index < count { return .there }
        let limit = Int((3 / max(partTarget.seconds, 0.01)).rounded(.up))
        return index > count - 1 + limit ? .tooFar : .expected
    }
}
