import CameraRegistry
import Foundation
import GRDB
import GatewayCore
import IncidentCommand

extension DatabaseCameraPointStore {
    package func createCameraPoint(_ point: CameraPoint, by account: AccountID?) async throws -> CameraPointListing {
        try point.check()
        return try await database.write { db in
            try Self.refuseTaken(point.gbCode, except: point.id, db)
            try Self.insert(point, db)
            try tell(point.id, "created", account, db)
            return try Self.known(db, point.id)
        }
    }

    package func updateCameraPoint(
        _ id: CameraPointID, by account: AccountID?, change: @Sendable (inout CameraPoint) throws -> Void
    ) async throws -> CameraPointListing {
        try await withoutActuallyEscaping(change) { change in
            try await database.write { db in
                let before = try Self.known(db, id)
                var point = before.point
                try change(&point)
                point = point.identified(as: id).withoutMovedCredentials(from: before.point)
                guard point != before.point else { return before }
                try point.check()
                try Self.refuseTaken(point.gbCode, except: id, db)
                try Self.replace(point, db)
                try tell(id, "updated", account, db)
                return try Self.known(db, id)
            }
        }
    }

    package func deleteCameraPoint(_ id: CameraPointID, by account: AccountID?) async throws {
        try await database.write { db in
            _ = try Self.known(db, id)
            try db.execute(sql: "DELETE FROM camera_point WHERE id = ?", arguments: [id.rawValue])
            try tell(id, "deleted", account, db)
        }
    }

    package func importCameraPoints(
        by account: AccountID?, merge: @Sendable (RegistrySnapshot) throws -> RegistryChanges
    ) async throws -> RegistryChanges.Counts {
        try await withoutActuallyEscaping(merge) { merge in
            try await database.write { db in
                let changes = try merge(Self.snapshot(db))
                for intermediary in changes.intermediaries { try OrganisationRecord.save(intermediary, in: db) }
                for company in changes.securityCompanies { try OrganisationRecord.save(company, in: db) }
                for point in changes.inserted {
                    try point.check()
                    try Self.refuseTaken(point.gbCode, except: point.id, db)
                    try Self.insert(point, db)
                }
                for point in changes.replaced {
                    try point.check()
                    try Self.refuseTaken(point.gbCode, except: point.id, db)
                    try Self.replace(point, db)
                }
                let counts = changes.counts
                if counts.inserted + counts.changed + counts.organisations > 0 {
                    try EventRecord.insert(
                        EventDraft(
                            at: clock.now(), kind: .cameraChanged, subject: "import",
                            payload: [
                                "change": "imported", "inserted": .integer(Int64(counts.inserted)),
                                "changed": .integer(Int64(counts.changed)), "by": JSONValue(account?.rawValue),
                            ]), in: db)
                }
                return counts
            }
        }
    }

    private static func snapshot(_ db: Database) throws -> RegistrySnapshot {
        var snapshot = RegistrySnapshot()
        for listing in try CameraPointSelection(CameraPointQuery()).listings(db) {
            snapshot.points[listing.point.gbCode] = listing.point
        }
        for intermediary in try OrganisationRecord.intermediaries(db) { snapshot.intermediaries[intermediary.name] = intermediary }
        for company in try OrganisationRecord.securityCompanies(db) { snapshot.securityCompanies[company.name] = company }
        return snapshot
    }

    private static func refuseTaken(_ code: GBCode, except id: CameraPointID, _ db: Database) throws {
        let owner = try Row.fetchOne(
            db, sql: "SELECT id, name FROM camera_point WHERE gb_code = ? AND id <> ?", arguments: [code.digits, id.rawValue])
        guard let owner else { return }
        throw GatewayError(
            .conflict, "gbCodeTaken", "编码 \(code) 已由点位「\(owner["name"] as String)」使用", remedy: "核对编码;一个点位一个编码",
            details: ["field": "gbCode", "cameraPoint": owner["id"]])
    }

    private static func insert(_ point: CameraPoint, _ db: Database) throws {
        let values = CameraPointRecord.values(point)
        try db.execute(
            sql: """
                INSERT INTO camera_point (\(values.map(\.column).joined(separator: ", ")))
                VALUES (\(values.map { _ in "?" }.joined(separator: ", ")))
                """, arguments: StatementArguments(values.map(\.value)))
        try insertStreams(point, db)
    }

    private static func replace(_ point: CameraPoint, _ db: Database) throws {
        let values = CameraPointRecord.values(point)
        try db.execute(
            sql: "UPDATE camera_point SET \(values.map { "\($0.column) = ?" }.joined(separator: ", ")) WHERE id = ?",
            arguments: StatementArguments(values.map(\.value)) + [point.id.rawValue])
        try db.execute(sql: "DELETE FROM camera_stream WHERE camera_point_id = ?", arguments: [point.id.rawValue])
        try insertStreams(point, db)
    }

    private static func insertStreams(_ point: CameraPoint, _ db: Database) throws {
        for stream in point.streams {
            try db.execute(
                sql: """
                    INSERT INTO camera_stream (camera_point_id, role, url, transport, codec, width, height, frame_rate,
                        bit_rate_kbps, credentials, certificate_pin)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, arguments: CameraPointRecord.streamValues(stream, of: point.id))
        }
    }

    private func tell(_ id: CameraPointID, _ change: JSONValue, _ account: AccountID?, _ db: Database) throws {
        try EventRecord.insert(
            EventDraft(
                at: clock.now(), kind: .cameraChanged, subject: id.rawValue, cameraPoint: id,
                payload: ["change": change, "by": JSONValue(account?.rawValue)]), in: db)
    }
}
