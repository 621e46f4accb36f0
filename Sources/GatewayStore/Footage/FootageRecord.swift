import Footage
import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// Writes and reads rows of the footage tables inside a transaction that someone else has opened.
enum FootageRecord {
    static func apply(_ change: FootageChange, in db: Database) throws {
        switch change {
        case .runOpened(let run): try insert(run, in: db)
        case .runGrew(let run, let bytes):
            try db.execute(
                sql: "UPDATE footage_run SET playable_bytes = ? WHERE id = ? AND ended_ms IS NULL",
                arguments: [bytes, run.rawValue])
        case .runEnded(let run, let at, let bytes, let reason):
            try db.execute(
                sql: "UPDATE footage_run SET ended_ms = ?, playable_bytes = ?, end_reason = ? WHERE id = ? AND ended_ms IS NULL",
                arguments: [at.millisecondsSince1970, bytes, reason.rawValue, run.rawValue])
        case .marked(let mark):
            try db.execute(
                sql: "INSERT INTO footage_mark (run_id, offset, media_90k, wall_ms) VALUES (?, ?, ?, ?)",
                arguments: [mark.run.rawValue, mark.offset, mark.mediaTime.ticks, mark.wallTime.millisecondsSince1970])
        case .gapOpened(let gap): try insert(gap, in: db)
        case .gapClosed(let gap, let at):
            try db.execute(
                sql: "UPDATE footage_gap SET to_ms = MAX(?, from_ms) WHERE id = ? AND to_ms IS NULL",
                arguments: [at.millisecondsSince1970, gap.rawValue])
        case .alarm(let incident, let link, let cameraPoint, let at, let reason):
            try alarm(incident, link, cameraPoint, at, reason, in: db)
        }
    }

    private static func insert(_ run: Run, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO footage_run (id, incident_id, link_id, camera_point_id, stream, path, mime_type, started_ms, media_start_90k)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
            arguments: [
                run.id.rawValue, run.incident.rawValue, run.link.rawValue, run.feed.cameraPoint.rawValue, run.feed.stream.rawValue,
                run.path, run.mimeType, run.startedAt.millisecondsSince1970, run.mediaStart.ticks,
            ])
    }

    private static func insert(_ gap: Gap, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO footage_gap (id, incident_id, link_id, camera_point_id, from_ms, to_ms, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                gap.id.rawValue, gap.incident.rawValue, gap.link.rawValue, gap.cameraPoint.rawValue,
                gap.from.millisecondsSince1970, gap.to?.millisecondsSince1970, gap.reason.rawValue,
            ])
    }

    private static func alarm(
        _ incident: IncidentID, _ link: LinkID, _ cameraPoint: CameraPointID, _ at: Date, _ reason: GapReason, in db: Database
    ) throws {
        try EventRecord.insert(
            EventDraft(
                at: at, kind: .recordingStopped, subject: link.rawValue, incident: incident, cameraPoint: cameraPoint,
                payload: ["reason": .string(reason.rawValue)]), in: db)
        let name =
            try String.fetchOne(db, sql: "SELECT camera_point_name FROM link WHERE id = ?", arguments: [link.rawValue])
            ?? cameraPoint.rawValue
        try JournalRecord.append(
            JournalDraft(
                incident: incident, at: at, actor: nil, kind: .recordingStopped, text: "点位“\(name)”录像中断：\(reason.chineseName)",
                body: [
                    "link": .string(link.rawValue), "cameraPoint": .string(cameraPoint.rawValue),
                    "reason": .string(reason.rawValue),
                ]),
            in: db)
    }

    static func run(_ row: Row) throws -> Run {
        let ended: Int64? = row["ended_ms"]
        let reason: String? = row["end_reason"]
        guard let id = RunID(rawValue: row["id"]), let incident = IncidentID(rawValue: row["incident_id"]),
            let link = LinkID(rawValue: row["link_id"]), let point = CameraPointID(rawValue: row["camera_point_id"]),
            let stream = StreamRole(rawValue: row["stream"])
        else { throw StoredValueError(table: "footage_run") }
        return Run(
            id: id, incident: incident, link: link, feed: FeedID(cameraPoint: point, stream: stream), path: row["path"],
            mimeType: row["mime_type"], startedAt: Date(millisecondsSince1970: row["started_ms"]),
            mediaStart: MediaTime(ticks: row["media_start_90k"]), endedAt: ended.map(Date.init(millisecondsSince1970:)),
            playableBytes: row["playable_bytes"], endReason: reason.flatMap(RunEnd.init(rawValue:)))
    }

    static func lastMark(of run: RunID, in db: Database) throws -> GOPMark? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM footage_mark WHERE run_id = ? ORDER BY offset DESC LIMIT 1", arguments: [run.rawValue]
        ).map { row in
            GOPMark(
                run: run, offset: row["offset"], mediaTime: MediaTime(ticks: row["media_90k"]),
                wallTime: Date(millisecondsSince1970: row["wall_ms"]))
        }
    }

    static func gap(_ row: Row) throws -> Gap {
        let to: Int64? = row["to_ms"]
        guard let id = GapID(rawValue: row["id"]), let incident = IncidentID(rawValue: row["incident_id"]),
            let link = LinkID(rawValue: row["link_id"]), let point = CameraPointID(rawValue: row["camera_point_id"]),
            let reason = GapReason(rawValue: row["reason"])
        else { throw StoredValueError(table: "footage_gap") }
        return Gap(
            id: id, incident: incident, link: link, cameraPoint: point, from: Date(millisecondsSince1970: row["from_ms"]),
            to: to.map(Date.init(millisecondsSince1970:)), reason: reason)
    }
}
