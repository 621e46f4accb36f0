import Footage
import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// The footage index in SQLite.
package struct DatabaseFootageStore: FootageStore {
    private let database: GatewayDatabase

    package init(_ database: GatewayDatabase) { self.database = database }

    package func apply(_ changes: [FootageChange]) throws {
        try database.write { db in
            for change in changes { try FootageRecord.apply(change, in: db) }
        }
    }

    package func commit(_ changes: [FootageChange]) async throws {
        try await database.write { db in
            for change in changes { try FootageRecord.apply(change, in: db) }
        }
    }

    package func openRuns() async throws -> [(run: Run, lastMark: GOPMark?)] {
        try await database.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM footage_run WHERE ended_ms IS NULL ORDER BY row").map { row in
                let run = try FootageRecord.run(row)
                return (run, try FootageRecord.lastMark(of: run.id, in: db))
            }
        }
    }

    package func openGaps() async throws -> [Gap] {
        try await database.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM footage_gap WHERE to_ms IS NULL ORDER BY row").map(FootageRecord.gap)
        }
    }

    package func run(_ id: RunID) async throws -> Run? {
        try await database.pool.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM footage_run WHERE id = ?", arguments: [id.rawValue]).map(FootageRecord.run)
        }
    }

    package func runs(of incident: IncidentID) async throws -> [Run] {
        try await database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM footage_run WHERE incident_id = ? ORDER BY row", arguments: [incident.rawValue]
            )
            .map(FootageRecord.run)
        }
    }

    package func gaps(of incident: IncidentID) async throws -> [Gap] {
        try await database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM footage_gap WHERE incident_id = ? ORDER BY row", arguments: [incident.rawValue]
            )
            .map(FootageRecord.gap)
        }
    }
}
