import CameraRegistry
import Foundation
import GRDB
import GatewayCore
import IncidentCommand

extension DatabaseCameraPointStore {
    package func saveProbe(_ report: ProbeReport, of feed: FeedID) async throws -> HealthChange? {
        try await database.write { db in
            let listing = try Self.known(db, feed.cameraPoint)
            try ProbeRow.insert(report, of: feed, in: db)
            let before = listing.health
            let after = HealthMachine().next(before, after: report, of: feed.stream)
            try ProbeRow.save(after, of: feed.cameraPoint, in: db)
            guard before.state != after.state else { return nil }
            try EventRecord.insert(
                EventDraft(
                    at: after.lastProbe?.at ?? clock.now(), kind: .cameraHealth, subject: feed.cameraPoint.rawValue,
                    cameraPoint: feed.cameraPoint,
                    payload: [
                        "name": .string(listing.point.name), "before": .string(before.state.rawValue),
                        "state": .string(after.state.rawValue), "reason": JSONValue(after.reason),
                        "cause": JSONValue(after.cause?.rawValue),
                    ]), in: db)
            return HealthChange(cameraPoint: feed.cameraPoint, before: before.state, after: after)
        }
    }

    package func probeHistory(of id: CameraPointID, limit: Int) async throws -> [ProbeRecord] {
        try await database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM probe WHERE camera_point_id = ? ORDER BY id DESC LIMIT ?",
                arguments: [id.rawValue, max(0, min(limit, 1_000))]
            ).map(ProbeRow.record)
        }
    }

    package func health() async throws -> [CameraPointID: CameraHealth] {
        try await database.pool.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT p.id, \(ProbeRow.healthColumns) FROM camera_point p
                    LEFT JOIN camera_health h ON h.camera_point_id = p.id
                    """)
            return rows.reduce(into: [:]) { result, row in
                if let id = CameraPointID(rawValue: row["id"]) { result[id] = ProbeRow.health(row) }
            }
        }
    }

    package func saveIntermediaryHealth(_ id: IntermediaryID, isReachable: Bool, reason: String?, at: Date) async throws {
        try await database.write { db in
            guard
                let row = try Row.fetchOne(
                    db, sql: "SELECT name, is_reachable FROM intermediary WHERE id = ?", arguments: [id.rawValue])
            else {
                throw GatewayError(.notFound, "intermediaryNotFound", "没有这个接入中介", details: ["id": id.rawValue])
            }
            guard (row["is_reachable"] as Bool?) != isReachable else { return }
            try db.execute(
                sql: "UPDATE intermediary SET is_reachable = ?, since_ms = ?, reason = ? WHERE id = ?",
                arguments: [isReachable, at.millisecondsSince1970, reason, id.rawValue])
            try EventRecord.insert(
                EventDraft(
                    at: at, kind: .intermediaryHealth, subject: id.rawValue,
                    payload: [
                        "name": .string(row["name"]), "reachable": .bool(isReachable), "reason": JSONValue(reason),
                    ]), in: db)
        }
    }

    package func intermediaryHealth() async throws -> [IntermediaryID: IntermediaryHealth] {
        try await database.pool.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT id, is_reachable, since_ms, reason FROM intermediary WHERE is_reachable IS NOT NULL")
            return rows.reduce(into: [:]) { result, row in
                guard let id = IntermediaryID(rawValue: row["id"]) else { return }
                result[id] = IntermediaryHealth(
                    isReachable: row["is_reachable"], since: Date(millisecondsSince1970: row["since_ms"]), reason: row["reason"])
            }
        }
    }

    package func sealedCredentials(of feed: FeedID) async throws -> SealedCredentials? {
        try await database.pool.read { db in
            try Data.fetchOne(
                db, sql: "SELECT credentials FROM camera_stream WHERE camera_point_id = ? AND role = ? AND credentials IS NOT NULL",
                arguments: [feed.cameraPoint.rawValue, feed.stream.rawValue]
            ).map { SealedCredentials(bytes: Array($0)) }
        }
    }

    package func setSealedCredentials(_ credentials: SealedCredentials?, of feed: FeedID) async throws {
        try await database.write { db in
            try db.execute(
                sql: "UPDATE camera_stream SET credentials = ? WHERE camera_point_id = ? AND role = ?",
                arguments: [credentials.map { Data($0.bytes) }, feed.cameraPoint.rawValue, feed.stream.rawValue])
            guard db.changesCount == 1 else {
                throw GatewayError(.notFound, "streamNotFound", "这个点位没有这路码流", details: ["feed": feed.description])
            }
        }
    }
}
