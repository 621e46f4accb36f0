import Foundation

/// What FFmpeg made of the packets of one feed: the part of a ``ProbeReport`` that lies behind the session.
package struct ProbeFindings: Sendable, Codable {
    /// `reachable`, `noVideo`, `undecodable`, `timeout` or `unsupported`.
    package var outcome: ProbeOutcome
    /// One sentence for a person.
    package var detail: String
    package var timeToFirstPacket: Duration?
    package var timeToFirstKeyFrame: Duration?
    package var video: ProbeReport.Video?
    package var gop: GOPLength?
    package var picture: ProbeReport.Picture?
    /// A JPEG file, if asked for. Never for private points: the caller asks only where a picture may be kept.
    package var thumbnail: Data?
    /// RTP packets read.
    package var packets = 0

    package init(_ outcome: ProbeOutcome, _ detail: String) {
        self.outcome = outcome
        self.detail = detail
    }

    /// Puts the findings into a report; what the session found stays where FFmpeg found nothing.
    package func fill(_ report: inout ProbeReport) {
        report.outcome = outcome
        report.detail = detail
        report.timeToFirstPacket = timeToFirstPacket ?? report.timeToFirstPacket
        report.timeToFirstKeyFrame = timeToFirstKeyFrame ?? report.timeToFirstKeyFrame
        report.video = video ?? report.video
        report.gop = gop ?? report.gop
        report.picture = picture ?? report.picture
    }
}
