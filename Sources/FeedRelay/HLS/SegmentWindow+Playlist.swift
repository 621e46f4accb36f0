import Foundation
import GatewayCore

/// The media playlist as text.
extension SegmentWindow {
    static let contentType = "application/vnd.apple.mpegurl"

    private var skipBoundary: Int { 6 * targetDuration }

    /// - Parameter skips: a delta update, if there is anything to leave out.
    func playlist(skips: Bool = false) -> String {
        let part = partTarget.seconds
        var lines = [
            "#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:\(targetDuration)",
            "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=\(Self.number(Double(skipBoundary))),"
                + "HOLD-BACK=\(Self.number(Double(3 * targetDuration))),PART-HOLD-BACK=\(Self.number(3.15 * part))",
            "#EXT-X-PART-INF:PART-TARGET=\(Self.number(part))",
            "#EXT-X-MEDIA-SEQUENCE:\(segments.first?.sequence ?? openSequence)",
        ]
        if discontinuitySequence > 0 { lines.append("#EXT-X-DISCONTINUITY-SEQUENCE:\(discontinuitySequence)") }
        let skipped = skips ? skippable : 0
        if skipped > 0 { lines.append("#EXT-X-SKIP:SKIPPED-SEGMENTS=\(skipped)") }
        var map = skipped > 0 ? segments[skipped - 1].map : nil
        let listed = segments.dropFirst(skipped)
        let withParts = sequenceOfFirstWithParts
        for segment in listed {
            append(segment, to: &lines, map: &map)
            if segment.sequence >= withParts { appendParts(of: segment, to: &lines) }
            lines.append("#EXTINF:\(Self.number(segment.duration.seconds)),")
            lines.append(Self.segmentName(segment.sequence))
        }
        if let open, !open.parts.isEmpty {
            append(open, to: &lines, map: &map)
            appendParts(of: open, to: &lines)
        }
        lines.append("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"\(Self.partName(nextPart))\"")
        return lines.joined(separator: "\n") + "\n"
    }

    static func segmentName(_ sequence: Int) -> String { "segment\(sequence).m4s" }
    static func partName(_ number: Int) -> String { "part\(number).m4s" }
    static func mapName(_ number: Int) -> String { "init\(number).mp4" }

    private func append(_ segment: Segment, to lines: inout [String], map: inout Int?) {
        if segment.isDiscontinuous { lines.append("#EXT-X-DISCONTINUITY") }
        if segment.map != map {
            lines.append("#EXT-X-MAP:URI=\"\(Self.mapName(segment.map))\"")
            map = segment.map
        }
        lines.append("#EXT-X-PROGRAM-DATE-TIME:\(Self.date(segment.wallTime))")
    }

    private func appendParts(of segment: Segment, to lines: inout [String]) {
        for part in segment.parts {
            lines.append(
                "#EXT-X-PART:DURATION=\(Self.number(part.duration.seconds)),URI=\"\(Self.partName(part.number))\""
                    + (part.isIndependent ? ",INDEPENDENT=YES" : ""))
        }
    }

    /// Parts are listed for the last three target durations only.
    private var sequenceOfFirstWithParts: Int {
        var distance = open?.duration ?? .zero
        for segment in segments.reversed() {
            if distance.seconds > Double(3 * targetDuration) { return segment.sequence + 1 }
            distance = distance + segment.duration
        }
        return segments.first?.sequence ?? 0
    }

    /// Whole segments that are further from the end than the skip boundary.
    private var skippable: Int {
        var distance = open?.duration ?? .zero
        for (index, segment) in segments.enumerated().reversed() {
            distance = distance + segment.duration
            if distance.seconds > Double(skipBoundary) { return index }
        }
        return 0
    }

    private static func number(_ value: Double) -> String { String(format: "%.5f", value) }

    /// RFC 3339 with milliseconds, UTC.
    private static func date(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
