import CameraRegistry
import Foundation
import GatewayCore
import IncidentCommand

/// Finds the points that may help with an incident.
package struct SuggestionService: Sendable {
    private let points: any CameraPointStore
    private let links: any LinkStore
    private let ranking: SuggestionRanking
    private let clock: WallClock

    package init(
        points: any CameraPointStore, links: any LinkStore, ranking: SuggestionRanking = SuggestionRanking(),
        clock: WallClock = .system
    ) {
        self.points = points
        self.links = links
        self.ranking = ranking
        self.clock = clock
    }

    /// Best first; empty for an incident without a location. Points that are linked already are left out.
    /// - Parameter limit: 1…200.
    package func suggestions(for incident: Incident, limit: Int = 24) async throws -> [Suggestion] {
        guard let spot = incident.location else { return [] }
        let limit = min(max(1, limit), 200)
        let now = clock.now()
        guard let today = CalendarDay(inChina: now) else { throw GatewayError(.failed, "clock", "网关时钟不正确。") }
        let situation = LinkSituation(incident, links: try await links.links(of: incident.id), now: now)
        var listings: [CameraPointListing] = []
        for radius in SuggestionRanking.radii {
            listings = try await points.cameraPoints(near: spot, radius: radius, limit: 1_000)
                .filter { !situation.linked.contains($0.point.id) }
            if ranking.isEnough(listings, situation: situation, today: today, wanted: limit) { break }
        }
        return ranking.rank(listings, spot: spot, situation: situation, today: today, limit: limit)
    }
}
