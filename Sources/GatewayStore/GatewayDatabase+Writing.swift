import Foundation
import GRDB
import GatewayCore

/// Whether the database can be written, as far as is known.
struct WriteState: Sendable {
    /// Why the last write failed; `nil` if it did not.
    var failure: GatewayError?
    var probedAt: ContinuousClock.Instant?
    var isClosed = false
}

extension GatewayDatabase {
    /// One transaction on the writer.
    ///
    /// - Throws: what `work` throws; `diskFull` or `databaseUnwritable` if SQLite cannot write its files.
    package func write<Value>(_ work: (Database) throws -> Value) throws -> Value {
        do {
            let (value, isChange) = try pool.write { db in try Self.watched(db, work) }
            if isChange { writing.withLock { $0.failure = nil } }
            return value
        } catch {
            throw note(error)
        }
    }

    /// One transaction on the writer, as ``write(_:)-(_)`` for tasks.
    package func write<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            let (value, isChange) = try await pool.write { db in try Self.watched(db, work) }
            if isChange { writing.withLock { $0.failure = nil } }
            return value
        } catch {
            throw note(error)
        }
    }

    /// Why the database cannot be written: `diskFull` or `databaseUnwritable`; `nil` if the last write succeeded.
    ///
    /// After a failure it tries again, at most once a second: space that was freed is noticed without a write from elsewhere.
    package func writeFailure() async -> GatewayError? {
        let now = ContinuousClock.now
        let isDue = writing.withLock { state in
            guard state.failure != nil, state.probedAt.map({ now - $0 >= .seconds(1) }) ?? true else { return false }
            state.probedAt = now
            return true
        }
        if isDue {
            do {
                // Leaves nothing, and yet needs new pages in the log.
                try await pool.write { db in
                    try db.execute(sql: "CREATE TABLE write_probe (x); DROP TABLE write_probe")
                }
                writing.withLock { $0.failure = nil }
            } catch {
                _ = note(error)
            }
        }
        return writing.withLock(\.failure)
    }

    /// Whether anything was changed: a transaction without a change commits on a full disk as well.
    private static func watched<Value>(_ db: Database, _ work: (Database) throws -> Value) throws -> (Value, Bool) {
        let before = db.totalChangesCount
        let value = try work(db)
        return (value, db.totalChangesCount != before)
    }

    /// The error as the gateway speaks of it, remembered if it says that nothing can be written.
    private func note(_ error: any Error) -> any Error {
        guard let cause = (error as? DatabaseError)?.resultCode else { return error }
        let failure: GatewayError
        switch cause {
        case .SQLITE_FULL:
            failure = GatewayError(
                .unavailable, "diskFull", "磁盘已满,未能保存。", remedy: "请管理员在数据目录(dataDirectory)所在的磁盘上腾出空间,然后重试。")
        case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN:
            failure = GatewayError(
                .unavailable, "databaseUnwritable", "数据库写入失败,未能保存。",
                remedy: "请管理员检查数据目录(dataDirectory)所在磁盘的剩余空间、状态和权限,然后重试。")
        default: return error
        }
        writing.withLock { $0.failure = failure }
        return failure
    }
}
