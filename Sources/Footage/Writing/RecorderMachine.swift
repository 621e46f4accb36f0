import Foundation
import GatewayCore

/// Decides what becomes of one link's fragments: runs, marks and gaps. Pure: the footage thread performs the steps.
///
/// A run begins with a key picture and ends with a whole fragment. Whatever time the link was without footage for more
/// than a second becomes a gap with its reason.
struct RecorderMachine: Sendable {
    enum Step: Sendable, Hashable {
        /// Write the run's row, make its file, write the init segment.
        case open(Run, initSegment: [UInt8])
        /// Append these bytes of the batch to the open run's file.
        case write(Range<Int>)
        /// Close the open run's file.
        case close
        case change(FootageChange)
    }

    /// Between two runs.
    static let gapThreshold: TimeInterval = 1
    /// Between two fragments of a run.
    static let silenceThreshold: TimeInterval = 2.5

    private struct OpenRun: Sendable {
        let run: Run
        var offset: Int64
        var lastWallTime: Date
        var lastStep: TimeInterval = 0
        var isBroken = false

        var end: Date { lastWallTime.addingTimeInterval(lastStep) }
    }

    let request: RecordingRequest
    private var initSegment: [UInt8] = []
    private var mimeType = ""
    private var current: OpenRun?
    private var gap: Gap?
    /// End of the last footage, or when recording was asked for.
    private var emptySince: Date
    /// Why nothing is to be written now.
    private(set) var hold: GapReason?

    /// - Parameter openGap: a gap that an earlier life of the daemon left open for this link.
    init(request: RecordingRequest, startedAt: Date, openGap: Gap? = nil) {
        self.request = request
        self.emptySince = startedAt
        self.gap = openGap
    }

    var state: RecordingState {
        if let hold { return .stopped(hold) }
        return current.map { .recording($0.run.id) } ?? .waiting
    }

    /// Bytes of whole fragments in the open run's file, once all steps so far are performed.
    var progress: (run: RunID, playableBytes: Int64)? { current.map { ($0.run.id, $0.offset) } }

    mutating func consume(_ batch: RecordingBatch) -> [Step] {
        var steps: [Step] = []
        var offset = 0
        for entry in batch.entries {
            switch entry {
            case .runBegan(let count, let mimeType):
                endRun(.parametersChanged, &steps)
                initSegment = Array(batch.bytes[offset..<offset + count])
                self.mimeType = mimeType
                offset += count
            case .fragment(let count, let isKey, let mediaTime, let wallTime):
                take(offset..<offset + count, isKey: isKey, mediaTime: mediaTime, wallTime: wallTime, &steps)
                offset += count
            case .runEnded(let reason): endRun(reason, &steps)
            case .overflow:
                endRun(.overflow, &steps)
                openGap(.overflow, alarm: true, &steps)
            }
        }
        return steps
    }

    /// Time passes without entries.
    mutating func tick(now: Date) -> [Step] {
        var steps: [Step] = []
        guard gap == nil, hold == nil else { return steps }
        if let current {
            if now.timeIntervalSince(current.lastWallTime) > Self.silenceThreshold {
                openGap(.noSignal, from: current.end, alarm: false, &steps)
            }
        } else if now.timeIntervalSince(emptySince) > Self.gapThreshold {
            openGap(.noSignal, alarm: false, &steps)
        }
        return steps
    }

    /// The disk is full or broken: the run ends with its last whole fragment, the gap begins, people are told.
    mutating func suspend(_ reason: GapReason, now: Date) -> [Step] {
        guard hold == nil else { return [] }
        hold = reason
        var steps: [Step] = []
        if current == nil, gap == nil { emptySince = max(emptySince, now) }
        endRun(reason == .diskReserve ? .diskReserve : .writeFailed, &steps)
        openGap(reason, alarm: true, &steps)
        return steps
    }

    /// The next key picture begins a new run.
    mutating func resume() { hold = nil }

    mutating func stop(_ reason: RunEnd, now: Date) -> [Step] {
        var steps: [Step] = []
        endRun(reason, &steps)
        if reason == .shutdown {
            openGap(.daemonStopped, alarm: false, &steps)
        } else {
            closeGap(at: now, &steps)
        }
        return steps
    }

    private mutating func take(
        _ range: Range<Int>, isKey: Bool, mediaTime: MediaTime, wallTime: Date, _ steps: inout [Step]
    ) {
        guard hold == nil, !initSegment.isEmpty else { return }
        if current == nil {
            guard isKey else { return }
            beginRun(mediaTime: mediaTime, wallTime: wallTime, &steps)
        }
        guard var open = current else { return }
        let silence = wallTime.timeIntervalSince(open.lastWallTime)
        if silence > Self.silenceThreshold, gap == nil { openGap(.noSignal, from: open.end, alarm: false, &steps) }
        closeGap(at: wallTime, &steps)
        if isKey {
            steps.append(
                .change(.marked(GOPMark(run: open.run.id, offset: open.offset, mediaTime: mediaTime, wallTime: wallTime))))
        }
        if case .write(let written)? = steps.last, written.upperBound == range.lowerBound {
            steps[steps.count - 1] = .write(written.lowerBound..<range.upperBound)
        } else {
            steps.append(.write(range))
        }
        open.offset += Int64(range.count)
        open.lastStep = min(max(0, silence), 1)
        open.lastWallTime = max(open.lastWallTime, wallTime)
        current = open
    }

    private mutating func beginRun(mediaTime: MediaTime, wallTime: Date, _ steps: inout [Step]) {
        if gap == nil, wallTime.timeIntervalSince(emptySince) > Self.gapThreshold { openGap(.noSignal, alarm: false, &steps) }
        let id = RunID.random()
        let run = Run(
            id: id, incident: request.incident, link: request.link, feed: request.feed, path: Self.path(of: id, at: wallTime),
            mimeType: mimeType, startedAt: wallTime, mediaStart: mediaTime)
        current = OpenRun(run: run, offset: Int64(initSegment.count), lastWallTime: wallTime)
        steps.append(.open(run, initSegment: initSegment))
    }

    private mutating func endRun(_ reason: RunEnd, _ steps: inout [Step]) {
        guard let open = current else { return }
        current = nil
        emptySince = open.end
        steps.append(.close)
        steps.append(.change(.runEnded(open.run.id, at: open.end, playableBytes: open.offset, reason: reason)))
    }

    private mutating func openGap(_ reason: GapReason, from: Date? = nil, alarm: Bool, _ steps: inout [Step]) {
        let point = request.feed.cameraPoint
        if alarm {
            steps.append(
                .change(.alarm(incident: request.incident, link: request.link, cameraPoint: point, at: emptySince, reason: reason)))
        }
        // A graver reason takes over from silence; otherwise the gap that lasts goes on.
        if let gap {
            guard gap.reason == .noSignal, reason != .noSignal else { return }
            closeGap(at: max(gap.from, emptySince), &steps)
        }
        let gap = Gap(
            id: .random(), incident: request.incident, link: request.link, cameraPoint: point, from: from ?? emptySince,
            reason: reason)
        self.gap = gap
        steps.append(.change(.gapOpened(gap)))
    }

    private mutating func closeGap(at date: Date, _ steps: inout [Step]) {
        guard let open = gap else { return }
        gap = nil
        steps.append(.change(.gapClosed(open.id, at: max(open.from, date))))
    }

    /// `2026-11-23/ID.mp4`, the day in China.
    static func path(of id: RunID, at date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 8 * 3_600) ?? .gmt
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        func two(_ value: Int?) -> String { let text = String(value ?? 0); return text.count < 2 ? "0" + text : text }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))/\(id).mp4"
    }
}
