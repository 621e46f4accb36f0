import Foundation
import GatewayCore
import NIOCore
import RTSP

/// What a viewer is told of both tracks at once, so that picture and sound are tied to one and the same clock.
struct SenderReports: Sendable {
    /// Interleaved-framed RTCP on channel 1.
    let video: ByteBuffer
    /// On channel 3.
    let sound: AudioBatch?
}

/// A feed's own sender reports, and the camera's clock that they state. Confined to the feed's loop.
struct FeedReporter {
    /// Between two reports to viewers: the least interval of RFC 3550 section 6.2.
    static let interval: TimeAmount = .seconds(5)

    private var reportedAt: NIODeadline?
    private var packets: UInt32 = 0
    private var octets: UInt32 = 0
    private(set) var clock = CameraClock()
    /// A report that came before the first picture of its session.
    private var early: (report: SenderReport, wall: Double)?

    mutating func sessionBegan() {
        early = nil
        clock.sessionBegan()
    }

    /// RTCP of the camera, unchecked.
    mutating func note(control: RawSpan, timeline: MediaTimeline?) {
        guard let report = SenderReport(control) else { return }
        let wall = Date().timeIntervalSince1970
        guard let newest = timeline?.newest, let position = timeline?.position(of: report.rtpTimestamp) else {
            early = (report, wall)
            return
        }
        clock.note(report, position: position, newest: newest, wall: wall)
    }

    mutating func count(_ unit: AccessUnit, packets count: UInt16) {
        packets &+= UInt32(count)
        octets &+= UInt32(truncatingIfNeeded: unit.byteCount &- Int(count) &* (4 + RTPHeader.fixedLength))
    }

    /// The report due with this unit; `nil` while none is.
    mutating func dueReport(
        with unit: AccessUnit, ssrc: UInt32, timeline: MediaTimeline?, sound line: @autoclosure () -> AudioLine? = nil
    ) -> SenderReports? {
        if let reportedAt, unit.arrival - reportedAt < Self.interval { return nil }
        reportedAt = unit.arrival
        settleEarly(with: unit, timeline: timeline)
        return report(on: unit, ssrc: ssrc, sound: line())
    }

    private mutating func settleEarly(with unit: AccessUnit, timeline: MediaTimeline?) {
        if let (report, wall) = early, let position = timeline?.position(of: report.rtpTimestamp) {
            early = nil
            clock.note(report, position: position, newest: unit.mediaTime, wall: wall)
        }
    }

    /// What a unit's media time is tied to, in seconds since 1970: the camera's clock, or, where that cannot be believed, the
    /// gateway's when the unit came.
    private func seconds(of unit: AccessUnit) -> Double {
        let age = Double((NIODeadline.now() - unit.arrival).nanoseconds) / 1e9
        return clock.seconds(at: unit.mediaTime) ?? Date().timeIntervalSince1970 - age
    }

    func report(on unit: AccessUnit, ssrc: UInt32, sound line: AudioLine? = nil) -> SenderReports {
        let seconds = seconds(of: unit)
        let report = SenderReport(
            ssrc: ssrc, ntp: SenderReport.ntp(secondsSince1970: seconds), rtpTimestamp: unit.timestamp, packetCount: packets,
            octetCount: octets)
        var frame = ByteBufferAllocator().buffer(capacity: 4 + SenderReport.byteCount)
        frame.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(1), UInt16(SenderReport.byteCount))
        report.serialize(into: &frame)
        return SenderReports(video: frame, sound: line?.report(at: unit.mediaTime, seconds: seconds))
    }
}

extension Feed {
    /// RTCP of the camera's video track, unchecked.
    func received(control: RawSpan) {
        reporter.note(control: control, timeline: assembler?.timeline)
        if audio.line != nil { noteForAudio(control: control) }
    }

    /// A sender report each five seconds, written together with a unit: no wake-up of its own (RFC 3550 section 6.4.1).
    func senderReport(before unit: AccessUnit) -> SenderReports? {
        reporter.count(unit, packets: (assembler?.nextSequence ?? unit.firstSequence) &- unit.firstSequence)
        return reporter.dueReport(with: unit, ssrc: ssrc, timeline: assembler?.timeline, sound: audio.line)
    }

    func reports(on unit: AccessUnit) -> SenderReports { reporter.report(on: unit, ssrc: ssrc, sound: audio.line) }
}
