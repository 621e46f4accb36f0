/// One viewer: a connection that is read as fast as it delivers.
protocol Viewer: AnyObject {
    var stream: ByteStream { get }
    /// Reads what is there.
    /// - Throws: when the view has ended, or never began.
    func read(_ tally: Tally) throws
    /// Called about once a second.
    func keepAlive(now: MonotonicTime) throws
}

/// What all viewers got, within the window that is measured if not said otherwise.
final class Tally {
    var isMeasuring = false
    var bytes = 0
    var units = 0
    var missingUnits = 0
    var lostPackets = 0
    /// From the source's send until the viewer has read the unit's last byte.
    var latency = Distribution()
    /// From DESCRIBE or GET until a whole key picture was read; all viewers, whether before the window or in it.
    var firstKey = Distribution()
    /// All viewers that were ever let in.
    var begun = 0

    func began() { begun += 1 }

    func unitEnded(_ stamp: Stamp, after last: UInt32?, now: MonotonicTime) {
        guard isMeasuring else { return }
        units += 1
        latency.add(now.milliseconds(since: stamp.sent))
        if let last, stamp.unit &- last > 1, stamp.unit &- last < 1 << 31 { missingUnits += Int(stamp.unit &- last - 1) }
    }
}
