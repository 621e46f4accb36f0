import NIOCore

/// Bit rate and frame rate of a feed over windows of five seconds, and what came since the feed was made.
struct RateMeter {
    private(set) var bitRateKbps = 0.0
    private(set) var frameRate = 0.0
    private(set) var bytes: Int64 = 0
    private(set) var frames = 0
    private var window: (start: NIODeadline, bytes: Int, frames: Int)?

    mutating func count(bytes: Int, now: NIODeadline) {
        self.bytes &+= Int64(bytes)
        frames &+= 1
        if window == nil { window = (now, 0, 0) }
        window?.bytes += bytes
        window?.frames += 1
    }

    mutating func tick(now: NIODeadline) {
        guard let current = window else {
            bitRateKbps = 0
            frameRate = 0
            return
        }
        let seconds = Double((now - current.start).nanoseconds) / 1e9
        guard seconds >= 5 else { return }
        bitRateKbps = Double(current.bytes) * 8 / 1_000 / seconds
        frameRate = Double(current.frames) / seconds
        window = nil
    }
}
