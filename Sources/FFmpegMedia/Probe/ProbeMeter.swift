import GatewayCore

/// Figures of a probe's window, from the access units that came in it. Pure.
struct ProbeMeter: Sendable {
    struct AccessUnit: Sendable {
        /// 90 kHz ticks or whatever the track counts in; `nil` if the camera gave none.
        var time: Double?
        var arrival: MonotonicTime
        var bytes: Int
        var isKey: Bool
    }

    private(set) var firstKeyFrame: AccessUnit?
    private(set) var secondKeyFrame: AccessUnit?
    private var last: AccessUnit?
    private var frames = 0
    /// Without the last access unit, whose time on the wire is not known.
    private var bytes = 0
    /// Access units before the first key frame.
    private(set) var skipped = 0

    /// - Parameter unit: `time` in seconds.
    mutating func add(_ unit: AccessUnit) {
        guard firstKeyFrame != nil || unit.isKey else {
            skipped += 1
            return
        }
        if unit.isKey {
            if firstKeyFrame == nil {
                firstKeyFrame = unit
            } else if secondKeyFrame == nil {
                secondKeyFrame = unit
            }
        }
        bytes += last?.bytes ?? 0
        frames += 1
        // With B-frames times run back and forth; the window ends at the latest.
        if let lastTime = last?.time, let time = unit.time, time < lastTime {
            last = AccessUnit(time: lastTime, arrival: unit.arrival, bytes: unit.bytes, isKey: unit.isKey)
        } else {
            last = unit
        }
    }

    /// Seconds from the first access unit to `unit`: by the camera's timestamps, or by arrival where they say nothing sensible.
    private func span(to unit: AccessUnit?, frames: Int) -> Double? {
        guard let first = firstKeyFrame, let unit, frames > 1 else { return nil }
        if let from = first.time, let to = unit.time, to > from, Double(frames - 1) / (to - from) <= 240, to - from < 3600 {
            return to - from
        }
        let arrived = unit.arrival.since(first.arrival) / .seconds(1)
        return arrived > 0 ? arrived : nil
    }

    var frameRate: Double? { span(to: last, frames: frames).map { Double(frames - 1) / $0 } }
    var bitRateKbps: Double? { span(to: last, frames: frames).map { Double(bytes) * 8 / 1000 / $0 } }

    /// - Parameter window: how long the window was open, in seconds.
    func gop(window: Double) -> GOPLength? {
        guard firstKeyFrame != nil else { return nil }
        return span(to: secondKeyFrame, frames: 2).map(GOPLength.seconds) ?? .atLeast(window)
    }
}
