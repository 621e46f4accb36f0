import Foundation
import GRDB
import GatewayCore
import Synchronization

/// The gateway's SQLite database: `DATA/lookout.sqlite`, write-ahead log, one writer and two readers.
///
/// Every store shares it. A write is one transaction on the writer; GRDB's async `read` and `write` keep callers off the
/// cooperative pool's threads. Use ``pool`` to read, ``write(_:)`` to write.
///
/// `synchronous = FULL`: a journal entry or a viewing record that was answered for must outlive a power cut, and the
/// gateway writes a few rows a second, so an `fsync` a commit costs nothing that counts.
package final class GatewayDatabase: Sendable {
    package let pool: DatabasePool
    /// Tells of committed events; see ``DatabaseEventStore``.
    let eventSignal: EventSignal
    /// What the last write that had something to write came to.
    let writing = Mutex(WriteState())
    /// Held as long as the database is open.
    private let folder: DataFolder?

    /// Opens the folder's database, or creates it, and brings its schema up to date. Never removes a file.
    ///
    /// - Throws: `GatewayError` `databaseForeign`, `databaseNewer`, `databaseDamaged`, `databaseUnreadable`,
    ///   `databaseUnusable`.
    package convenience init(in folder: DataFolder) throws(GatewayError) {
        try self.init(at: folder.databaseURL, folder: folder, migrator: GatewaySchema.migrator())
    }

    /// `migrator` is another than the current one only in tests of migrations.
    init(at url: URL, folder: DataFolder? = nil, migrator: DatabaseMigrator) throws(GatewayError) {
        let verdict = try DatabaseFile.inspect(url)
        if verdict == .ours { try DatabaseFile.check(url) }
        self.folder = folder
        self.eventSignal = EventSignal()
        do {
            if verdict == .ours { try Self.refuseNewer(url, migrator) }
            let pool = try DatabasePool(path: url.path, configuration: Self.configuration)
            try pool.writeWithoutTransaction { db in
                // After GRDB's own set-up of WAL, which asks for NORMAL.
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            if verdict == .new {
                try pool.write { db in
                    try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID)")
                    try db.execute(sql: "PRAGMA user_version = \(DatabaseFile.generation)")
                }
            }
            try migrator.migrate(pool)
            pool.add(transactionObserver: eventSignal, extent: .observerLifetime)
            self.pool = pool
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError(
                .unavailable, "databaseUnusable", "不能打开数据库 \(url.path):\(error)", remedy: "检查文件的归属、权限和剩余空间",
                details: ["file": url.path])
        }
    }

    /// Writes the log back into the file, which then holds everything by itself, and closes all connections. Later calls of
    /// any store fail.
    package func close() throws {
        eventSignal.finish()
        // A second close does nothing: SQLite's checkpoint must not meet a connection that is gone.
        let isFirst = writing.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        // Closing alone leaves the log when a reader is still open, and then a copy of the file without it has lost much.
        let emptied = Result { try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) } }
        try pool.close()
        try emptied.get()
    }

    private static func refuseNewer(_ url: URL, _ migrator: DatabaseMigrator) throws {
        let isNewer = try DatabaseFile.readOnly(url).read { db in
            guard try db.tableExists("grdb_migrations") else { return false }
            return try migrator.hasBeenSuperseded(db)
        }
        if isNewer { throw DatabaseFile.newer(url) }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "lookout"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        configuration.qos = .default
        configuration.prepareDatabase { db in
            // One MiB of pages a connection: the whole daemon is held to 70 MiB.
            try db.execute(sql: "PRAGMA cache_size = -1024")
            try db.execute(sql: "PRAGMA temp_store = FILE")
        }
        return configuration
    }
}
