import CameraRegistry
import Foundation
import GRDB
import GatewayCore

/// A ``CameraPointQuery`` as SQL.
struct CameraPointSelection {
    private var conditions: [String] = []
    private var arguments: StatementArguments = []
    private var usesPlace = false

    init(_ query: CameraPointQuery) {
        if let method = query.accessMethod { add("p.access_method = ?", method.rawValue) }
        if let category = query.sourceCategory { add("p.source_category = ?", category.rawValue) }
        if let health = query.health { add("COALESCE(h.state, 'unknown') = ?", health.rawValue) }
        if let department = query.leadDepartment { add("p.lead_department = ?", department) }
        if let company = query.securityCompany { add("p.security_company_id = ?", company.rawValue) }
        for word in (query.text ?? "").lowercased().split(whereSeparator: \.isWhitespace).prefix(8) {
            add("p.search_text LIKE ? ESCAPE '\\'", "%" + Self.escaped(word) + "%")
        }
        if let near = query.near, let box = Self.box(around: near.centre, radius: near.radius) { add(box) }
        if let box = query.box { add(box) }
    }

    private mutating func add(_ condition: String, _ value: String) {
        conditions.append(condition)
        arguments += [value]
    }

    private mutating func add(_ box: GeoBox) {
        usesPlace = true
        conditions.append("t.east >= ? AND t.west <= ? AND t.north >= ? AND t.south <= ?")
        arguments += [box.southWest.longitude, box.northEast.longitude, box.southWest.latitude, box.northEast.latitude]
        // The tree rounds outwards to 32 bits.
        conditions.append("p.longitude BETWEEN ? AND ? AND p.latitude BETWEEN ? AND ?")
        arguments += [box.southWest.longitude, box.northEast.longitude, box.southWest.latitude, box.northEast.latitude]
    }

    mutating func add(id: CameraPointID) { add("p.id = ?", id.rawValue) }
    mutating func add(code: GBCode) { add("p.gb_code = ?", code.digits) }
    mutating func add(after code: String) { add("p.gb_code > ?", code) }

    /// The box that holds the circle, a little larger; the whole band of latitude near a pole or the antimeridian.
    static func box(around centre: GeoPoint, radius: Double) -> GeoBox? {
        let latitudes = radius / 111_000
        let cosine = cos(centre.latitude * .pi / 180)
        let longitudes = cosine > 0.01 ? latitudes / cosine * 1.01 : 360
        let west = centre.longitude - longitudes
        let east = centre.longitude + longitudes
        let crosses = west < -180 || east > 180
        return GeoBox(
            west: crosses ? -180 : west, south: max(-90, centre.latitude - latitudes), east: crosses ? 180 : east,
            north: min(90, centre.latitude + latitudes))
    }

    private static func escaped(_ word: some StringProtocol) -> String {
        word.reduce(into: "") { result, character in
            if character == "%" || character == "_" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }

    private var tail: String {
        """
         FROM \(usesPlace ? "camera_point_place t CROSS JOIN camera_point p ON p.row = t.row" : "camera_point p")
        LEFT JOIN camera_health h ON h.camera_point_id = p.id
        \(conditions.isEmpty ? "" : "WHERE " + conditions.map { "(\($0))" }.joined(separator: " AND "))
        """
    }

    func count(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*)" + tail, arguments: arguments) ?? 0
    }

    /// By code.
    func listings(_ db: Database, limit: Int? = nil) throws -> [CameraPointListing] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT p.*, \(ProbeRow.healthColumns)" + tail + " ORDER BY p.gb_code" + (limit.map { " LIMIT \($0)" } ?? ""),
            arguments: arguments)
        guard !rows.isEmpty else { return [] }
        let streams = try Self.streams(db, of: rows.map { $0["id"] })
        let intermediaries = Dictionary(
            try OrganisationRecord.intermediaries(db).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let companies = Dictionary(
            try OrganisationRecord.securityCompanies(db).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return try rows.map { row in
            let point = try CameraPointRecord.point(row, streams: streams[row["id"]] ?? [])
            return CameraPointListing(
                point: point, health: ProbeRow.health(row), pinyin: row["pinyin"],
                intermediary: point.intermediary.flatMap { intermediaries[$0] },
                securityCompany: point.securityCompany.flatMap { companies[$0] })
        }
    }

    private static func streams(_ db: Database, of ids: [String]) throws -> [String: [CameraStream]] {
        let list = try JSONEncoder().encode(ids)
        let rows = try Row.fetchAll(
            db, sql: "SELECT * FROM camera_stream WHERE camera_point_id IN (SELECT value FROM json_each(?)) ORDER BY role",
            arguments: [String(decoding: list, as: UTF8.self)])
        return try rows.reduce(into: [:]) { $0[$1["camera_point_id"], default: []].append(try CameraPointRecord.stream($1)) }
    }
}
