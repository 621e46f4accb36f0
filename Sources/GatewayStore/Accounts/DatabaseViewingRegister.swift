import Accounts
import Foundation
import GRDB
import GatewayCore

/// The viewing register in SQLite.
package struct DatabaseViewingRegister: ViewingRegister {
    private let database: GatewayDatabase

    package init(_ database: GatewayDatabase) { self.database = database }

    package func append(_ drafts: [ViewingDraft]) async throws {
        guard !drafts.isEmpty else { return }
        try await database.write { db in
            for draft in drafts { try ViewingRow.append(draft, in: db) }
        }
    }

    package func records(_ query: ViewingQuery, limit: Int, cursor: Int64?) async throws -> ViewingPage {
        var conditions = ["1"]
        var arguments = StatementArguments()
        func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append(condition)
            arguments += [value]
        }
        add("account_id = ?", query.account?.rawValue)
        add("camera_point_id = ?", query.cameraPoint?.rawValue)
        add("incident_id = ?", query.incident?.rawValue)
        add("at_ms >= ?", query.from?.millisecondsSince1970)
        add("at_ms < ?", query.to?.millisecondsSince1970)
        let filter = conditions.joined(separator: " AND ")
        let limit = max(1, min(limit, 500))
        return try await database.pool.read { [arguments] db in
            let total = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM viewing_record WHERE \(filter)", arguments: arguments) ?? 0
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM viewing_record WHERE \(filter) AND number < ? ORDER BY number DESC LIMIT ?",
                arguments: arguments + [cursor ?? .max, limit + 1])
            let page = try rows.prefix(limit).map(ViewingRow.record)
            return ViewingPage(items: page, nextCursor: rows.count > limit ? page.last?.number : nil, total: total)
        }
    }

    package func endOpenViews(at date: Date, reason: String) async throws -> Int {
        try await database.write { db in
            let open = try Row.fetchAll(
                db, sql: "SELECT viewing_record.* FROM viewing_open JOIN viewing_record USING (number) ORDER BY number"
            ).map(ViewingRow.record)
            for start in open {
                var end = start.draft
                end.kind = .viewEnded
                end.at = date
                end.endReason = reason
                try ViewingRow.append(end, in: db)
            }
            return open.count
        }
    }

    package func verify() async throws -> ViewingVerification {
        try await database.pool.read { db in
            let head = try ViewingRow.head(in: db)
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM viewing_record ORDER BY number")
            var count: Int64 = 0
            var last: (number: Int64, hash: [UInt8])?
            while let row = try rows.next() {
                let record = try ViewingRow.record(row)
                // Pruning takes the oldest rows: the first that is left stands on its own word for the one before it.
                let follows =
                    last.map { record.number == $0.number + 1 && record.previousHash == $0.hash }
                    ?? (record.number > 1 || record.previousHash == ViewingRecord.firstPreviousHash)
                guard follows, record.isIntact else { return ViewingVerification(records: count, fault: record.number) }
                last = (record.number, record.hash)
                count += 1
            }
            guard let last else { return ViewingVerification(records: 0, fault: head.number == 0 ? nil : head.number) }
            let isWhole = last.number == head.number && last.hash == head.hash
            return ViewingVerification(records: count, fault: isWhole ? nil : last.number + 1)
        }
    }

    package func prune(before date: Date) async throws -> Int {
        let cutoff = min(date, Date() - Double(ViewingRecord.retentionDays) * 86_400 - 2).millisecondsSince1970
        return try await database.write { db in
            // Up to the first row that is to stay, so that the chain never gets a hole; the last row always stays, so that
            // an empty register that once had rows is a fault.
            try db.execute(
                sql: """
                    DELETE FROM viewing_record WHERE at_ms < ?1 AND number < (SELECT number FROM viewing_head)
                    AND number < (SELECT ifnull(min(number), 9223372036854775807) FROM viewing_record WHERE at_ms >= ?1)
                    """,
                arguments: [cutoff])
            return db.changesCount
        }
    }
}
