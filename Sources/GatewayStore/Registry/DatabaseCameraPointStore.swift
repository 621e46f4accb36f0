import CameraRegistry
import Foundation
import GRDB
import GatewayCore
import IncidentCommand

extension EventKind {
    /// A point was registered, changed, removed, or a file of them imported.
    package static let cameraChanged = EventKind(rawValue: "camera.changed")
    package static let intermediaryHealth = EventKind(rawValue: "intermediary.health")
}

/// ``CameraPointStore`` in the gateway's database.
package struct DatabaseCameraPointStore: CameraPointStore {
    let database: GatewayDatabase
    let clock: WallClock

    package init(_ database: GatewayDatabase, clock: WallClock = .system) {
        self.database = database
        self.clock = clock
    }

    package func cameraPoints(_ query: CameraPointQuery) async throws -> CameraPointPage {
        guard (1...1_000).contains(query.limit) else {
            throw GatewayError(.invalid, "limitOutOfRange", "limit 不在 1 到 1000 之间", remedy: "改正后重试")
        }
        if let near = query.near { return try await nearest(query, near) }
        if let cursor = query.cursor, GBCode(cursor) == nil { throw Self.badCursor }
        return try await database.pool.read { db in
            var selection = CameraPointSelection(query)
            let total = try selection.count(db)
            if let cursor = query.cursor { selection.add(after: cursor) }
            var items = try selection.listings(db, limit: query.limit + 1)
            let hasMore = items.count > query.limit
            if hasMore { items.removeLast() }
            return CameraPointPage(items: items, nextCursor: hasMore ? items.last?.point.gbCode.digits : nil, total: total)
        }
    }

    /// Pages by offset: the order is by distance, which no index has.
    private func nearest(_ query: CameraPointQuery, _ near: CameraPointQuery.Nearness) async throws -> CameraPointPage {
        guard near.radius.isFinite, (0...100_000).contains(near.radius) else {
            throw GatewayError(.invalid, "radiusOutOfRange", "radius 不在 0 到 100000 米之间", remedy: "改正后重试")
        }
        let offset = query.cursor.map { Int($0) ?? -1 } ?? 0
        guard (0...1_000_000).contains(offset) else { throw Self.badCursor }
        let within = try await database.pool.read { db in try Self.within(db, query, near) }
        let page = Array(within.dropFirst(offset).prefix(query.limit))
        let end = offset + page.count
        return CameraPointPage(items: page, nextCursor: end < within.count ? String(end) : nil, total: within.count)
    }

    private static func within(
        _ db: Database, _ query: CameraPointQuery, _ near: CameraPointQuery.Nearness
    ) throws -> [CameraPointListing] {
        var found: [CameraPointListing] = []
        for var listing in try CameraPointSelection(query).listings(db) {
            guard let location = listing.point.location else { continue }
            let distance = location.distance(to: near.centre)
            guard distance <= near.radius else { continue }
            listing.distance = distance
            found.append(listing)
        }
        return found.sorted { ($0.distance ?? 0, $0.point.gbCode) < ($1.distance ?? 0, $1.point.gbCode) }
    }

    private static var badCursor: GatewayError {
        GatewayError(.invalid, "cursorMalformed", "cursor 不是上一页给出的", remedy: "从第一页重新开始")
    }

    package func cameraPoints(near centre: GeoPoint, radius: Double, limit: Int) async throws -> [CameraPointListing] {
        try await cameraPoints(CameraPointQuery(near: .init(centre: centre, radius: radius), limit: limit)).items
    }

    package func allCameraPoints() async throws -> [CameraPointListing] {
        try await database.pool.read { db in try CameraPointSelection(CameraPointQuery()).listings(db) }
    }

    package func cameraPoint(_ id: CameraPointID) async throws -> CameraPointListing? {
        try await database.pool.read { db in try Self.listing(db, id) }
    }

    package func cameraPoint(code: GBCode) async throws -> CameraPointListing? {
        try await database.pool.read { db in
            var selection = CameraPointSelection(CameraPointQuery())
            selection.add(code: code)
            return try selection.listings(db).first
        }
    }

    static func listing(_ db: Database, _ id: CameraPointID) throws -> CameraPointListing? {
        var selection = CameraPointSelection(CameraPointQuery())
        selection.add(id: id)
        return try selection.listings(db).first
    }

    static func known(_ db: Database, _ id: CameraPointID) throws -> CameraPointListing {
        guard let listing = try listing(db, id) else {
            throw GatewayError(.notFound, "cameraPointNotFound", "没有这个监控点位", remedy: "刷新列表后重试", details: ["id": id.rawValue])
        }
        return listing
    }

    package func intermediaries() async throws -> [Intermediary] { try await database.pool.read(OrganisationRecord.intermediaries) }
    package func securityCompanies() async throws -> [SecurityCompany] {
        try await database.pool.read(OrganisationRecord.securityCompanies)
    }

    package func leadDepartments() async throws -> [LeadDepartment] {
        try await database.pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT lead_department, COUNT(*) AS points FROM camera_point GROUP BY 1 ORDER BY 2 DESC, 1"
            ).map { LeadDepartment(name: $0["lead_department"], pointCount: $0["points"]) }
        }
    }
}
