import GatewayCore
import RTSP

/// What a camera's sender reports say of its wall clock (RFC 3550 section 6.4.1): which time stands in its dossier for a
/// moment of the feed's media time. For evidence, never for order.
///
/// The newest report that is believed is carried on by media time, which goes at the pace of the gateway's monotonic clock
/// even where the camera's timestamps jump; so it holds over a reconnect, until the camera reports again. A camera
/// has no clock where it reports none, zero, or a time before ``dawn``. A report that contradicts the one believed is a
/// change of the camera's clock if the next one bears it out, and a slip if not; three slips in a row, and the clock is
/// believed no more until two reports agree. See <doc:CameraTime>.
///
/// Pure: no clock of its own, no I/O. Confined to the feed's loop by its owner.
struct CameraClock {
    /// 2020-01-01T00:00:00Z: a camera that says it is before was never set.
    static let dawn: Double = 1_577_836_800
    /// Seconds by which two reports may differ from each other: cameras round, and are set gently by NTP.
    static let tolerance: Double = 0.5
    /// How far a report's RTP time may be from the pictures that come with it. Further off, it is of no use: some
    /// cameras count it from another origin.
    static let reach = MediaTime(ticks: 10 * MediaTime.ticksPerSecond)

    private struct Anchor {
        let mediaTime: MediaTime
        /// Since 1970, by the camera.
        let seconds: Double

        func seconds(at time: MediaTime) -> Double { seconds + (time - mediaTime).seconds }

        func agrees(with other: Anchor) -> Bool { abs(other.seconds(at: mediaTime) - seconds) <= tolerance }
    }

    private var believed: Anchor?
    private var candidate: Anchor?
    private var slips = 0
    /// The next report of a time is taken as it is: a session began, or the camera had no clock until now.
    private var isOpen = true
    /// How far the camera's clock is ahead of the gateway's, in seconds, network delay included.
    private(set) var offset: Double?
    /// Times that the camera's clock was seen to be changed while it was connected.
    private(set) var changes = 0

    /// A connection began: the camera may have been restarted meanwhile.
    mutating func sessionBegan() {
        candidate = nil
        slips = 0
        isOpen = true
    }

    /// Takes a report of the camera.
    ///
    /// - Parameters:
    ///   - position: the report's RTP time on the feed's line.
    ///   - newest: media time of the newest picture.
    ///   - wall: the gateway's clock when the report came, seconds since 1970.
    mutating func note(_ report: SenderReport, position: MediaTime, newest: MediaTime, wall: Double) {
        guard abs((position - newest).ticks) <= Self.reach.ticks else { return }
        let anchor = Anchor(mediaTime: position, seconds: report.secondsSince1970(now: wall))
        guard anchor.seconds >= Self.dawn else { return lose(isOpen: true) }
        if isOpen || believed?.agrees(with: anchor) ?? false {
            believe(anchor, wall: wall)
        } else if candidate?.agrees(with: anchor) ?? false {
            changes += believed == nil ? 0 : 1
            believe(anchor, wall: wall)
        } else {
            candidate = anchor
            slips += 1
            if slips >= 3 { lose(isOpen: false) }
        }
    }

    private mutating func believe(_ anchor: Anchor, wall: Double) {
        believed = anchor
        candidate = nil
        slips = 0
        isOpen = false
        offset = anchor.seconds - wall
    }

    private mutating func lose(isOpen: Bool) {
        believed = nil
        offset = nil
        self.isOpen = isOpen
        if isOpen { candidate = nil }
    }

    /// The camera's time at a moment of the feed, seconds since 1970; `nil` where it has none that can be believed.
    func seconds(at mediaTime: MediaTime) -> Double? { believed?.seconds(at: mediaTime) }
}
