import CameraRegistry
import Foundation
import GatewayCore

/// Ranks the points around a spot: which of them shows what happens, in which order, and why. Pure and deterministic.
///
/// The list has bands that distance cannot cross, from the top: usable points; private or interior ones, unless they are
/// close; offline ones; those that cannot be linked. Within a band distance counts half, view and health a quarter each.
/// A few of the nearest collection points always have a place: their owner may have footage.
package struct SuggestionRanking: Sendable {
    /// Metres within which a private point is as good as a public one.
    package var closePrivate = 100.0
    /// Metres within which a view into a room is as good as one of the street.
    package var closeInterior = 40.0
    /// Metres at which the distance counts half.
    package var halfDistance = 150.0
    package var rules = LinkRules()

    package init() {}

    /// Metres, one after the other, until enough linkable points are found.
    package static let radii: [Double] = [300, 600, 1_200, 2_500, 5_000, 10_000, 20_000, 50_000]

    /// Whether a wider circle should be searched.
    package func isEnough(_ listings: [CameraPointListing], situation: LinkSituation, today: CalendarDay, wanted: Int) -> Bool {
        listings.count { rules.obstacle(to: $0, situation: situation, today: today) == nil } >= wanted
    }

    /// - Parameters:
    ///   - listings: points around the spot; those without a location are left out.
    ///   - limit: length of the list.
    package func rank(
        _ listings: [CameraPointListing], spot: GeoPoint, situation: LinkSituation, today: CalendarDay, limit: Int
    ) -> [Suggestion] {
        let all = listings.compactMap { suggestion($0, spot: spot, situation: situation, today: today) }
            .sorted { left, right in
                if left.score != right.score { return left.score > right.score }
                if left.distance != right.distance { return left.distance < right.distance }
                return left.listing.point.id < right.listing.point.id
            }
        let limit = max(0, limit)
        let collection = all.filter { $0.contact != nil }.sorted { $0.distance < $1.distance }.prefix(max(1, limit / 4))
        let live = all.filter { $0.contact == nil }.prefix(max(0, limit - collection.count))
        return Array((Array(live) + Array(collection)).prefix(limit))
    }

    private func suggestion(
        _ listing: CameraPointListing, spot: GeoPoint, situation: LinkSituation, today: CalendarDay
    ) -> Suggestion? {
        let point = listing.point
        guard let location = point.location, point.status != .removed else { return nil }
        let distance = location.distance(to: spot)
        let coverage = ViewSector(of: point).coverage(distance: distance, bearing: location.bearing(to: spot))
        let refusal = rules.obstacle(to: listing, situation: situation, today: today)
        let hasVideo = point.accessMethod.hasStream
        return Suggestion(
            listing: listing, distance: distance, coversSpot: hasVideo ? coverage.coversSpot : nil,
            score: score(listing, distance: distance, coverage: coverage, isLinkable: refusal == nil),
            reasons: reasons(listing, distance: distance, coverage: coverage, refusal: refusal), refusal: refusal,
            needsGround: rules.needsGround(point), needsReason: rules.needsReason(point),
            contact: hasVideo ? nil : .init(owner: point.owner, phone: point.ownerContact))
    }

    private func score(
        _ listing: CameraPointListing, distance: Double, coverage: ViewSector.Coverage, isLinkable: Bool
    ) -> Double {
        let nearness = 1 / (1 + distance / halfDistance)
        let view =
            switch coverage {
            case .inView: 1.0
            case .inReachOfDome: 0.9
            case .unknown: 0.5
            case .beyondRange: 0.2
            case .lookingAway: 0.1
            }
        let health =
            switch listing.health.state {
            case .online: 1.0
            case .unknown: 0.7
            case .degraded: 0.4
            case .offline: 0.0
            }
        let merit = 0.5 * nearness + 0.25 * view + 0.25 * health
        let band = band(listing, distance: distance, isLinkable: isLinkable)
        return (band.base + band.width * merit).rounded(toPlaces: 4)
    }

    private func band(_ listing: CameraPointListing, distance: Double, isLinkable: Bool) -> (base: Double, width: Double) {
        guard isLinkable else { return (0, 0.1) }
        if listing.health.state == .offline { return (0.1, 0.1) }
        if listing.point.coverage == .interior, distance > closeInterior { return (0.2, 0.1) }
        if listing.point.isPrivate, distance > closePrivate { return (0.3, 0.2) }
        return (0.5, 0.5)
    }

    private func reasons(
        _ listing: CameraPointListing, distance: Double, coverage: ViewSector.Coverage, refusal: GatewayError?
    ) -> [String] {
        let point = listing.point
        var reasons = ["距事发地 \(Self.text(ofDistance: distance))"]
        guard point.accessMethod.hasStream else {
            reasons.append("信息采集点,无实时画面")
            if let days = point.recordSaveDays { reasons.append("录像保存 \(days) 天") }
            reasons.append("可联系\(point.owner)")
            return reasons
        }
        switch coverage {
        case .inView: reasons.append("画面朝向事发地")
        case .inReachOfDome: reasons.append("球机可转向事发地")
        case .beyondRange: reasons.append("超出可视距离 \(Self.text(ofDistance: point.visibleRange ?? 0))")
        case .lookingAway: reasons.append("画面未朝向事发地")
        case .unknown: reasons.append("朝向或可视距离未登记")
        }
        let health = listing.health
        reasons.append(
            health.reason.flatMap { health.state == .online ? nil : "\(health.state.chineseName):\($0)" }
                ?? health.state.chineseName)
        if point.isPrivate { reasons.append("社会资源(\(point.sourceCategory.chineseName)),须选法定事由") }
        if point.coverage == .interior { reasons.append("室内画面,须说明理由") }
        if let refusal { reasons.append(refusal.message) }
        return reasons
    }

    static func text(ofDistance metres: Double) -> String {
        guard metres >= 1_000 else { return "\(Int(min(max(0, metres.rounded()), 999))) 米" }
        let tenths = Int(min(metres / 100, 1e6).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) 公里" : "\(tenths / 10).\(tenths % 10) 公里"
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { value, _ in value * 10 }
        return (self * scale).rounded() / scale
    }
}
