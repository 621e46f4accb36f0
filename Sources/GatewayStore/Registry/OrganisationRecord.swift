import CameraRegistry
import Foundation
import GRDB
import GatewayCore

/// Rows of `intermediary` and `security_company`.
enum OrganisationRecord {
    static func intermediaries(_ db: Database) throws -> [Intermediary] {
        try Row.fetchAll(db, sql: "SELECT * FROM intermediary ORDER BY name").map(intermediary)
    }

    static func securityCompanies(_ db: Database) throws -> [SecurityCompany] {
        try Row.fetchAll(db, sql: "SELECT * FROM security_company ORDER BY name").map(securityCompany)
    }

    private static func intermediary(_ row: Row) throws -> Intermediary {
        guard let id = IntermediaryID(rawValue: row["id"]), let kind = Intermediary.Kind(rawValue: row["kind"]) else {
            throw CameraPointRecord.unreadable("intermediary", row["id"])
        }
        return Intermediary(
            id: id, name: row["name"], gbCode: (row["gb_code"] as String?).flatMap { GBCode($0) }, kind: kind, host: row["host"],
            port: row["port"], channels: row["channels"], address: row["address"], leadDepartment: row["lead_department"],
            contact: row["contact"])
    }

    private static func securityCompany(_ row: Row) throws -> SecurityCompany {
        guard let id = SecurityCompanyID(rawValue: row["id"]) else {
            throw CameraPointRecord.unreadable("security_company", row["id"])
        }
        return SecurityCompany(
            id: id, name: row["name"], licenceKind: row["licence_kind"], licenceNumber: row["licence_number"],
            licenceIssuer: row["licence_issuer"], licenceValidUntil: CameraPointRecord.day(row["licence_valid_until"]),
            contact: row["contact"], phone: row["phone"])
    }

    /// Keeps what is known of its health.
    static func save(_ intermediary: Intermediary, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO intermediary (id, name, gb_code, kind, host, port, channels, address, lead_department, contact)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, gb_code = excluded.gb_code, kind = excluded.kind,
                    host = excluded.host, port = excluded.port, channels = excluded.channels, address = excluded.address,
                    lead_department = excluded.lead_department, contact = excluded.contact
                """,
            arguments: [
                intermediary.id.rawValue, intermediary.name, intermediary.gbCode?.digits, intermediary.kind.rawValue,
                intermediary.host, intermediary.port, intermediary.channels, intermediary.address, intermediary.leadDepartment,
                intermediary.contact,
            ])
    }

    static func save(_ company: SecurityCompany, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO security_company
                    (id, name, licence_kind, licence_number, licence_issuer, licence_valid_until, contact, phone)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, licence_kind = excluded.licence_kind,
                    licence_number = excluded.licence_number, licence_issuer = excluded.licence_issuer,
                    licence_valid_until = excluded.licence_valid_until, contact = excluded.contact, phone = excluded.phone
                """,
            arguments: [
                company.id.rawValue, company.name, company.licenceKind, company.licenceNumber, company.licenceIssuer,
                company.licenceValidUntil?.description, company.contact, company.phone,
            ])
    }
}
