import CameraRegistry
import Foundation
import GRDB
import GatewayCore

/// Rows of `probe` and `camera_health`.
enum ProbeRow {
    /// Probes kept of a point: three days at one each five minutes.
    static let keptProbes = 900

    static func insert(_ report: ProbeReport, of feed: FeedID, in db: Database) throws {
        var seconds: Double?
        var atLeast: Double?
        switch report.gop {
        case .seconds(let value): seconds = value
        case .atLeast(let value): atLeast = value
        case nil: break
        }
        let values: [(column: String, value: CameraPointRecord.Value)] = [
            ("camera_point_id", feed.cameraPoint.rawValue), ("role", feed.stream.rawValue), ("outcome", report.outcome.rawValue),
            ("detail", report.detail), ("started_ms", report.startedAt.millisecondsSince1970),
            ("duration_us", microseconds(report.duration)), ("first_packet_us", report.timeToFirstPacket.map(microseconds)),
            ("first_key_frame_us", report.timeToFirstKeyFrame.map(microseconds)), ("codec", report.video?.codec),
            ("profile", report.video?.profile), ("width", report.video?.width), ("height", report.video?.height),
            ("frame_rate", report.video?.frameRate), ("bit_rate_kbps", report.video?.bitRateKbps), ("gop_seconds", seconds),
            ("gop_at_least", atLeast), ("mean", report.picture?.mean), ("variance", report.picture?.variance),
            ("signature", report.picture.map { Data($0.signature) }), ("motion", report.picture?.motion),
        ]
        try db.execute(
            sql: """
                INSERT INTO probe (\(values.map(\.column).joined(separator: ", ")))
                VALUES (\(values.map { _ in "?" }.joined(separator: ", ")))
                """, arguments: StatementArguments(values.map(\.value)))
        try db.execute(
            sql: """
                DELETE FROM probe WHERE camera_point_id = ?1 AND id <=
                    (SELECT id FROM probe WHERE camera_point_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                """, arguments: [feed.cameraPoint.rawValue, keptProbes])
    }

    static func record(_ row: Row) throws -> ProbeRecord {
        guard let point = CameraPointID(rawValue: row["camera_point_id"]), let role = StreamRole(rawValue: row["role"]),
            let outcome = ProbeOutcome(rawValue: row["outcome"])
        else { throw CameraPointRecord.unreadable("probe", row["camera_point_id"]) }
        var report = ProbeReport(
            outcome: outcome, detail: row["detail"], startedAt: Date(millisecondsSince1970: row["started_ms"]),
            duration: .microseconds(row["duration_us"] as Int64))
        report.timeToFirstPacket = (row["first_packet_us"] as Int64?).map { .microseconds($0) }
        report.timeToFirstKeyFrame = (row["first_key_frame_us"] as Int64?).map { .microseconds($0) }
        if let codec: String = row["codec"] {
            let width: Int? = row["width"]
            let height: Int? = row["height"]
            report.video = ProbeReport.Video(
                codec: codec, profile: row["profile"], width: width ?? 0, height: height ?? 0, frameRate: row["frame_rate"],
                bitRateKbps: row["bit_rate_kbps"])
        }
        if let seconds: Double = row["gop_seconds"] { report.gop = .seconds(seconds) }
        if let seconds: Double = row["gop_at_least"] { report.gop = .atLeast(seconds) }
        if let mean: Double = row["mean"], let variance: Double = row["variance"] {
            report.picture = .init(
                mean: mean, variance: variance, signature: (row["signature"] as Data?).map { Array($0) } ?? [],
                motion: row["motion"])
        }
        return ProbeRecord(feed: FeedID(cameraPoint: point, stream: role), report: report)
    }

    /// A point without a row is unknown.
    static func health(_ row: Row) -> CameraHealth {
        guard let state = (row["state"] as String?).flatMap(HealthState.init(rawValue:)) else { return .unknown }
        var health = CameraHealth(state: state)
        health.since = (row["since_ms"] as Int64?).map(Date.init(millisecondsSince1970:))
        health.reason = row["health_reason"]
        health.failures = row["failures"]
        if let outcome = ProbeOutcome(rawValue: row["outcome"]) {
            health.lastProbe = .init(outcome: outcome, at: Date(millisecondsSince1970: row["probed_ms"]), detail: row["detail"])
        }
        health.signatures[.main] = (row["main_signature"] as Data?).map { Array($0) }
        health.signatures[.sub] = (row["sub_signature"] as Data?).map { Array($0) }
        health.stillProbes[.main] = row["main_still"]
        health.stillProbes[.sub] = row["sub_still"]
        return health
    }

    /// `camera_health` under the names that ``health(_:)`` reads.
    static let healthColumns = """
        h.state, h.since_ms, h.reason AS health_reason, h.failures, h.outcome, h.probed_ms, h.detail, h.main_signature,
        h.main_still, h.sub_signature, h.sub_still
        """

    static func save(_ health: CameraHealth, of id: CameraPointID, in db: Database) throws {
        let values: [(column: String, value: CameraPointRecord.Value)] = [
            ("camera_point_id", id.rawValue), ("state", health.state.rawValue), ("since_ms", health.since?.millisecondsSince1970),
            ("reason", health.reason), ("failures", health.failures), ("outcome", health.lastProbe?.outcome.rawValue),
            ("probed_ms", health.lastProbe?.at.millisecondsSince1970), ("detail", health.lastProbe?.detail),
            ("main_signature", health.signatures[.main].map { Data($0) }), ("main_still", health.stillProbes[.main]),
            ("sub_signature", health.signatures[.sub].map { Data($0) }), ("sub_still", health.stillProbes[.sub]),
        ]
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO camera_health (\(values.map(\.column).joined(separator: ", ")))
                VALUES (\(values.map { _ in "?" }.joined(separator: ", ")))
                """, arguments: StatementArguments(values.map(\.value)))
    }

    private static func microseconds(_ duration: Duration) -> Int64 {
        Int64(exactly: (duration / .microseconds(1)).rounded()) ?? .max
    }
}
