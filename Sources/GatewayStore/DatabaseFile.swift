import Foundation
import GRDB
import GatewayCore

/// Looks at a database file before anything may write to it, and says whether it is ours.
///
/// Opening a file with SQLite in WAL mode changes it; so what is not Lookout's, is damaged, or comes from a newer
/// Lookout is told apart by its header and by a read-only connection, and stays byte for byte as it was.
enum DatabaseFile {
    /// "LKOT", in the header's `application_id` (SQLite file format, 1.3.2, offset 68).
    static let applicationID: UInt32 = 0x4C4B_4F54
    /// Generation of the schema as a whole (`user_version`, offset 60): raised only when migrations cannot tell.
    static let generation: UInt32 = 1

    enum Verdict { case new, ours }

    static func inspect(_ url: URL) throws(GatewayError) -> Verdict {
        guard FileManager.default.fileExists(atPath: url.path) else {
            // Without its database file a log holds nothing that anyone could read; SQLite would remove it unasked.
            guard size(url.path + "-wal") == 0 else { throw damaged(url, "只有预写日志,缺少数据库文件") }
            return .new
        }
        let head: Data
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            head = try handle.read(upToCount: 108) ?? Data()
        } catch {
            throw GatewayError(
                .unavailable, "databaseUnreadable", "不能读取数据库 \(url.path)", remedy: "检查文件的归属和权限", details: ["file": url.path])
        }
        let bytes = [UInt8](head)
        let hasLog = size(url.path + "-wal") > 0
        if bytes.isEmpty {
            guard !hasLog else { throw damaged(url, "数据库文件为空,但有预写日志") }
            return .new
        }
        guard bytes.count >= 108, bytes.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw damaged(url, "不是SQLite数据库,或文件头已损坏")
        }
        switch number(bytes, at: 68) {
        case applicationID:
            if !hasLog { try refuseTruncated(url, bytes) }
            guard number(bytes, at: 60) <= generation else { throw newer(url) }
            return .ours
        case 0 where hasLog:
            return try inspectLog(url)
        case 0 where bytes[100] == 0x0D && bytes[103] == 0 && bytes[104] == 0:
            // An empty schema: what a first start leaves that was killed before it wrote anything.
            return .new
        default:
            throw foreign(url)
        }
    }

    /// The header says nothing yet: its first pages may still stand in the write-ahead log.
    private static func inspectLog(_ url: URL) throws(GatewayError) -> Verdict {
        let found: (UInt32, Int)
        do {
            found = try readOnly(url).read { db in
                (
                    try UInt32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
                    try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
                )
            }
        } catch {
            throw damaged(url, "\(error)")
        }
        if found.0 == applicationID { return .ours }
        if found.0 == 0, found.1 == 0 { return .new }
        throw foreign(url)
    }

    /// Reads every page of a database of ours; 1 fault is enough to refuse.
    ///
    /// Skipped above 256 MiB, where it would delay the start by seconds: damage is then met where it is read.
    static func check(_ url: URL) throws(GatewayError) {
        guard size(url.path) <= 256 << 20 else { return }
        let verdict: String?
        do {
            verdict = try readOnly(url).read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        } catch {
            throw damaged(url, "\(error)")
        }
        guard verdict == "ok" else { throw damaged(url, verdict ?? "quick_check") }
    }

    /// A connection that changes nothing: without a log it opens the file as immutable, because SQLite would otherwise put
    /// a log and its index beside a file in WAL mode even to read it.
    static func readOnly(_ url: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        let hasLog = size(url.path + "-wal") > 0
        let path = hasLog ? url.path : URL(fileURLWithPath: url.path).absoluteString + "?immutable=1"
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Without a log the file must be as long as its header says (offset 28: pages; offset 16: bytes a page).
    private static func refuseTruncated(_ url: URL, _ bytes: [UInt8]) throws(GatewayError) {
        let stated = Int(bytes[16]) << 8 | Int(bytes[17])
        let pageSize = stated == 1 ? 65_536 : stated
        let (expected, overflow) = Int(number(bytes, at: 28)).multipliedReportingOverflow(by: pageSize)
        guard !overflow, size(url.path) >= expected else { throw damaged(url, "文件被截断") }
    }

    static func newer(_ url: URL) -> GatewayError {
        GatewayError(
            .conflict, "databaseNewer", "数据库 \(url.path) 由更新版本的Lookout写成", remedy: "升级Lookout,或恢复旧版本的备份",
            details: ["file": url.path])
    }

    static func damaged(_ url: URL, _ cause: String) -> GatewayError {
        GatewayError(
            .failed, "databaseDamaged", "数据库 \(url.path) 已损坏:\(cause)", remedy: "文件未作任何改动;请从备份恢复,或先将其移走再启动",
            details: ["file": url.path])
    }

    private static func foreign(_ url: URL) -> GatewayError {
        GatewayError(
            .conflict, "databaseForeign", "\(url.path) 是其他程序的数据库", remedy: "文件未作任何改动;请换用另一数据目录,或先将其移走",
            details: ["file": url.path])
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}
