import GatewayCore

/// What `GET camera-points` asks for. Every filter that is set must hold.
package struct CameraPointQuery: Sendable, Hashable {
    package struct Nearness: Sendable, Hashable {
        package var centre: GeoPoint
        /// Metres, at most 100,000.
        package var radius: Double

        package init(centre: GeoPoint, radius: Double) {
            self.centre = centre
            self.radius = radius
        }
    }

    package var accessMethod: AccessMethod?
    package var sourceCategory: SourceCategory?
    package var health: HealthState?
    package var leadDepartment: String?
    package var securityCompany: SecurityCompanyID?
    /// Part of name, code, address or pinyin initials; every word must occur.
    package var text: String?
    /// Results come nearest first, with their distance.
    package var near: Nearness?
    package var box: GeoBox?
    /// 1…1,000.
    package var limit: Int
    /// What the last page gave as `nextCursor`.
    package var cursor: String?

    package init(
        accessMethod: AccessMethod? = nil, sourceCategory: SourceCategory? = nil, health: HealthState? = nil,
        leadDepartment: String? = nil, securityCompany: SecurityCompanyID? = nil, text: String? = nil, near: Nearness? = nil,
        box: GeoBox? = nil, limit: Int = 100, cursor: String? = nil
    ) {
        self.accessMethod = accessMethod
        self.sourceCategory = sourceCategory
        self.health = health
        self.leadDepartment = leadDepartment
        self.securityCompany = securityCompany
        self.text = text
        self.near = near
        self.box = box
        self.limit = limit
        self.cursor = cursor
    }
}

/// West, south, east, north in WGS-84 degrees; it does not cross the antimeridian.
package struct GeoBox: Sendable, Hashable {
    package let southWest: GeoPoint
    package let northEast: GeoPoint

    package init?(west: Double, south: Double, east: Double, north: Double) {
        guard let southWest = GeoPoint(longitude: west, latitude: south),
            let northEast = GeoPoint(longitude: east, latitude: north), west <= east, south <= north
        else { return nil }
        self.southWest = southWest
        self.northEast = northEast
    }

    package func contains(_ point: GeoPoint) -> Bool {
        (southWest.longitude...northEast.longitude).contains(point.longitude)
            && (southWest.latitude...northEast.latitude).contains(point.latitude)
    }
}

/// A point with what lists show beside it.
package struct CameraPointListing: Sendable, Hashable {
    package var point: CameraPoint
    package var health: CameraHealth
    /// Pinyin initials of the name, lower case.
    package var pinyin: String
    package var intermediary: Intermediary?
    package var securityCompany: SecurityCompany?
    /// Metres, if the query asked for nearness.
    package var distance: Double?

    package init(
        point: CameraPoint, health: CameraHealth, pinyin: String, intermediary: Intermediary? = nil,
        securityCompany: SecurityCompany? = nil, distance: Double? = nil
    ) {
        self.point = point
        self.health = health
        self.pinyin = pinyin
        self.intermediary = intermediary
        self.securityCompany = securityCompany
        self.distance = distance
    }
}

package struct CameraPointPage: Sendable {
    package var items: [CameraPointListing]
    package var nextCursor: String?
    /// How many match in all.
    package var total: Int

    package init(items: [CameraPointListing], nextCursor: String?, total: Int) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
    }
}

/// A department or township that answers for points.
package struct LeadDepartment: Sendable, Hashable {
    package var name: String
    package var pointCount: Int

    package init(name: String, pointCount: Int) {
        self.name = name
        self.pointCount = pointCount
    }
}
