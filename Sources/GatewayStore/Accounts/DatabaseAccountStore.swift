import Accounts
import Foundation
import GRDB
import GatewayCore
import IncidentCommand

/// Accounts and sessions in SQLite.
package struct DatabaseAccountStore: AccountStore {
    private let database: GatewayDatabase

    package init(_ database: GatewayDatabase) { self.database = database }

    package func create(_ account: Account, passwordHash: String) async throws {
        try await database.write { db in
            let isTaken = try Row.fetchOne(
                db, sql: "SELECT 1 FROM account WHERE folded_name = ?", arguments: [Account.folded(account.name)])
            guard isTaken == nil else {
                throw GatewayError(
                    .conflict, "accountNameTaken", "账号名「\(account.name)」已被使用", remedy: "换用其他名称", details: ["field": "name"])
            }
            try Self.insert(account, passwordHash, in: db)
        }
    }

    package func createFirst(_ account: Account, passwordHash: String) async throws -> Bool {
        try await database.write { db in
            guard try Row.fetchOne(db, sql: "SELECT 1 FROM account LIMIT 1") == nil else { return false }
            try Self.insert(account, passwordHash, in: db)
            return true
        }
    }

    package func account(_ id: AccountID) async throws -> Account? {
        try await database.pool.read { try Self.find(id, in: $0) }
    }

    package func credentials(named name: String) async throws -> AccountCredentials? {
        try await database.pool.read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM account WHERE folded_name = ?", arguments: [Account.folded(name)])
                .map { AccountCredentials(account: try Self.account($0), passwordHash: $0["password_hash"]) }
        }
    }

    package func accounts() async throws -> [Account] {
        try await database.pool.read { try Row.fetchAll($0, sql: "SELECT * FROM account ORDER BY folded_name").map(Self.account) }
    }

    package func setPasswordHash(
        _ hash: String, of id: AccountID, keeping session: SessionID?, at date: Date
    ) async throws -> [SessionID] {
        try await database.write { db in
            let account = try Self.require(id, in: db)
            try db.execute(sql: "UPDATE account SET password_hash = ? WHERE id = ?", arguments: [hash, id.rawValue])
            try Self.tell(account, "passwordSet", at: date, in: db)
            return try Self.endSessions(of: id, keeping: session, in: db)
        }
    }

    package func setDisabled(_ isDisabled: Bool, account id: AccountID, at date: Date) async throws -> [SessionID] {
        try await database.write { db in
            let account = try Self.require(id, in: db)
            guard account.isDisabled != isDisabled else { return [] }
            if isDisabled, account.role == .administrator {
                let others = try Int.fetchOne(
                    db, sql: "SELECT COUNT(*) FROM account WHERE role = 'administrator' AND is_disabled = 0 AND id <> ?",
                    arguments: [id.rawValue])
                guard let others, others > 0 else {
                    throw GatewayError(
                        .conflict, "lastAdministrator", "不能停用最后一名系统管理员", remedy: "先创建另一名系统管理员")
                }
            }
            try db.execute(sql: "UPDATE account SET is_disabled = ? WHERE id = ?", arguments: [isDisabled, id.rawValue])
            try Self.tell(account, isDisabled ? "disabled" : "enabled", at: date, in: db)
            return isDisabled ? try Self.endSessions(of: id, keeping: nil, in: db) : []
        }
    }

    // MARK: - Sessions

    package func begin(_ session: Session, tokenHash: [UInt8]) async throws {
        try await database.write { db in
            let account = try Self.require(session.account, in: db)
            guard !account.isDisabled else {
                throw GatewayError(.forbidden, "accountDisabled", "该账号已停用", remedy: "请联系系统管理员")
            }
            try db.execute(
                sql: "INSERT INTO session (id, account_id, token_hash, created_ms, expires_ms, peer) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    session.id.rawValue, session.account.rawValue, Data(tokenHash), session.createdAt.millisecondsSince1970,
                    session.expiresAt.millisecondsSince1970, session.peer,
                ])
        }
    }

    package func session(tokenHash: [UInt8], at date: Date) async throws -> SignedIn? {
        try await database.pool.read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT account.*, session.id AS session_id, session.created_ms AS session_created_ms, expires_ms, peer
                    FROM session JOIN account ON account.id = account_id
                    WHERE token_hash = ? AND expires_ms > ? AND is_disabled = 0
                    """,
                arguments: [Data(tokenHash), date.millisecondsSince1970])
            guard let row else { return nil }
            let account = try Self.account(row)
            guard let id = SessionID(rawValue: row["session_id"]) else { throw StoredValueError(table: "session") }
            let session = Session(
                id: id, account: account.id, createdAt: Date(millisecondsSince1970: row["session_created_ms"]),
                expiresAt: Date(millisecondsSince1970: row["expires_ms"]), peer: row["peer"])
            return SignedIn(session: session, account: account)
        }
    }

    package func extend(_ session: SessionID, until date: Date) async throws {
        try await database.write { db in
            try db.execute(
                sql: "UPDATE session SET expires_ms = max(expires_ms, ?) WHERE id = ?",
                arguments: [date.millisecondsSince1970, session.rawValue])
        }
    }

    package func end(_ session: SessionID) async throws -> Bool {
        try await database.write { db in
            try db.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [session.rawValue])
            return db.changesCount > 0
        }
    }

    package func endExpiredSessions(at date: Date) async throws -> [SessionID] {
        let now = date.millisecondsSince1970
        // Most minutes find nothing: look on a reader before taking the writer.
        let hasExpired = try await database.pool.read { db in
            try Row.fetchOne(db, sql: "SELECT 1 FROM session WHERE expires_ms <= ? LIMIT 1", arguments: [now]) != nil
        }
        guard hasExpired else { return [] }
        return try await database.write { db in
            try String.fetchAll(db, sql: "DELETE FROM session WHERE expires_ms <= ? RETURNING id", arguments: [now])
                .compactMap(SessionID.init(rawValue:))
        }
    }

    // MARK: -

    private static func insert(_ account: Account, _ passwordHash: String, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO account (id, name, folded_name, role, unit, security_company_id, password_hash, created_ms, is_disabled)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                account.id.rawValue, account.name, Account.folded(account.name), account.role.rawValue, account.unit,
                account.securityCompany?.rawValue, passwordHash, account.createdAt.millisecondsSince1970, account.isDisabled,
            ])
        try tell(account, "created", at: account.createdAt, in: db)
    }

    private static func endSessions(of id: AccountID, keeping session: SessionID?, in db: Database) throws -> [SessionID] {
        try String.fetchAll(
            db, sql: "DELETE FROM session WHERE account_id = ? AND id IS NOT ? RETURNING id",
            arguments: [id.rawValue, session?.rawValue]
        ).compactMap(SessionID.init(rawValue:))
    }

    private static func tell(_ account: Account, _ change: JSONValue, at date: Date, in db: Database) throws {
        try EventRecord.insert(
            EventDraft(
                at: date, kind: .accountChanged, subject: account.id.rawValue,
                payload: ["name": .string(account.name), "role": .string(account.role.rawValue), "change": change]),
            in: db)
    }

    private static func require(_ id: AccountID, in db: Database) throws -> Account {
        guard let account = try find(id, in: db) else {
            throw GatewayError(.notFound, "accountNotFound", "没有该账号", details: ["account": id.rawValue])
        }
        return account
    }

    private static func find(_ id: AccountID, in db: Database) throws -> Account? {
        try Row.fetchOne(db, sql: "SELECT * FROM account WHERE id = ?", arguments: [id.rawValue]).map(account)
    }

    private static func account(_ row: Row) throws -> Account {
        let company: String? = row["security_company_id"]
        guard let id = AccountID(rawValue: row["id"]), let role = Role(rawValue: row["role"]) else {
            throw StoredValueError(table: "account")
        }
        return Account(
            id: id, name: row["name"], role: role, unit: row["unit"],
            securityCompany: company.flatMap(SecurityCompanyID.init(rawValue:)),
            createdAt: Date(millisecondsSince1970: row["created_ms"]), isDisabled: row["is_disabled"])
    }
}
