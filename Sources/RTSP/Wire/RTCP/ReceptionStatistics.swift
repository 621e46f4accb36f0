import NIOCore

/// What a receiver knows of one sender: the arithmetic of RFC 3550, appendices A.1, A.3 and A.8. Pure.
///
/// Counting is for the packet path: a few additions a packet.
package struct ReceptionStatistics: Sendable {
    private var isCounting = false
    package private(set) var ssrc: UInt32 = 0
    private var base: UInt16 = 0
    private var highest: UInt16 = 0
    private var cycles: UInt32 = 0
    private var received: UInt32 = 0
    private var expectedBefore: UInt32 = 0
    private var receivedBefore: UInt32 = 0
    /// Estimate of section 6.4.1 in 1/16 tick.
    private var jitter: UInt32 = 0
    private var lastTransit: UInt32?
    private var senderReport: (ssrc: UInt32, middle: UInt32, arrival: NIODeadline)?

    package init() {}

    /// A packet over a transport that keeps order and loses nothing.
    ///
    /// - Parameter packet: at least 12 bytes.
    package mutating func count(_ packet: RawSpan) {
        let sequence = packet.uint16(at: 2)
        let source = packet.uint32(at: 8)
        if source != ssrc || !isCounting { begin(sequence, source) }
        received &+= 1
        let step = sequence &- highest
        guard step < 0x8000 else { return }
        if sequence < highest { cycles &+= 0x1_0000 }
        highest = sequence
    }

    /// A packet whose time on the way counts.
    ///
    /// - Parameter clockRate: ticks a second of the RTP timestamp.
    package mutating func count(_ packet: RawSpan, arrival: NIODeadline, clockRate: UInt64 = 90_000) {
        count(packet)
        let microseconds = arrival.uptimeNanoseconds / 1_000
        let ticks = UInt32(truncatingIfNeeded: microseconds &* clockRate / 1_000_000)
        let transit = ticks &- packet.uint32(at: 4)
        defer { lastTransit = transit }
        guard let lastTransit else { return }
        let difference = Int32(bitPattern: transit &- lastTransit).magnitude
        // A jump of the camera's clock is no jitter.
        guard difference < UInt32(clockRate) * 10 else { return }
        jitter = jitter &+ difference &- (jitter &+ 8) >> 4
    }

    package mutating func note(_ report: SenderReport, arrival: NIODeadline) {
        guard !isCounting || report.ssrc == ssrc else { return }
        senderReport = (report.ssrc, UInt32(truncatingIfNeeded: report.ntp >> 16), arrival)
    }

    /// The block for the next report, and the beginning of a new interval; `nil` before the first packet.
    package mutating func report(now: NIODeadline) -> ReceiverReport.Block? {
        guard isCounting else { return nil }
        let extended = cycles &+ UInt32(highest)
        let expected = extended &- UInt32(base) &+ 1
        let lost = Int64(expected) - Int64(received)
        let expectedNow = expected &- expectedBefore
        let lostNow = Int64(expectedNow) - Int64(received &- receivedBefore)
        expectedBefore = expected
        receivedBefore = received
        let fraction = expectedNow == 0 || lostNow <= 0 ? 0 : min(255, lostNow * 256 / Int64(expectedNow))
        var delay: UInt32 = 0
        if let senderReport {
            let nanoseconds = max(0, (now - senderReport.arrival).nanoseconds)
            delay = UInt32(truncatingIfNeeded: min(nanoseconds / 1_000 * 65_536 / 1_000_000, Int64(UInt32.max)))
        }
        return ReceiverReport.Block(
            ssrc: ssrc, fractionLost: UInt8(truncatingIfNeeded: fraction),
            cumulativeLost: Int32(truncatingIfNeeded: max(-0x80_0000, min(0x7F_FFFF, lost))), highestSequence: extended,
            jitter: jitter >> 4, lastSenderReport: senderReport?.middle ?? 0, delaySinceLastSenderReport: delay)
    }

    private mutating func begin(_ sequence: UInt16, _ source: UInt32) {
        // Most cameras report before their first packet.
        let report = senderReport?.ssrc == source ? senderReport : nil
        self = ReceptionStatistics()
        senderReport = report
        isCounting = true
        ssrc = source
        base = sequence
        highest = sequence
    }
}
