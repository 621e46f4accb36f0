import CameraRegistry
import FeedRelay
import Foundation
import GatewayCore
import IncidentCommand
import VideoDispatch

/// The demo's incident: a crowd at a crossing of the old town, with its nearest cameras linked and flowing.
struct DemoIncident {
    private static let title = "【演示】幸福路与新华路口多车追尾,人员被困"
    private static let linkCount = 9

    let gateway: Gateway
    let actor: IncidentActor

    /// The demo incident of an earlier start if it is still active; its links are filled up to nine.
    func prepare() async throws -> Incident {
        let active = try await gateway.stores.incidents.incidents(.active, limit: 100, cursor: nil).items
        let incident: Incident
        if let found = active.first(where: { $0.title == Self.title }) { incident = found } else { incident = try await open() }
        let linked = try await gateway.stores.links.activeLinks(at: Date()).count { $0.incident == incident.id }
        var missing = Self.linkCount - linked
        for suggestion in try await gateway.suggestions.suggestions(for: incident, limit: 60) where missing > 0 {
            guard suggestion.listing.point.isLiveCapable, suggestion.isLinkable, !suggestion.needsReason else { continue }
            _ = try await gateway.links.create(
                LinkRequest(cameraPoint: suggestion.listing.point.id, record: true, ground: .dangerToLife, reason: nil),
                on: incident.id, by: actor)
            missing -= 1
        }
        return incident
    }

    /// Returns when every link's feed is live, or fails after 15 s.
    func waitUntilFlowing(_ incident: IncidentID) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while true {
            let links = try await gateway.stores.links.activeLinks(at: Date()).count { $0.incident == incident }
            let held = await gateway.relay.heldLeases().keys
            var waiting: [String] = held.count < links ? ["\(links - held.count) feeds"] : []
            for feed in held where await gateway.relay.state(of: feed) != .live {
                waiting.append(gateway.directory.name(of: feed.cameraPoint) ?? "\(feed)")
            }
            if waiting.isEmpty { return }
            guard ContinuousClock.now < deadline else {
                throw GatewayError(
                    .timeout, "demoFeeds", "no picture came from \(waiting.joined(separator: ", "))",
                    remedy: "look at the log above")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func open() async throws -> Incident {
        let points = try await gateway.stores.points.allCameraPoints()
        let live = points.map(\.point).filter(\.isLiveCapable)
        // At the crossing that the title names; the inventory may be another.
        let crossing = (live.first { $0.name.hasPrefix("幸福路与新华路口") } ?? live.first)?.location
        return try await gateway.stores.incidents.open(
            IncidentOpening(
                title: Self.title, category: .accident, level: .four, location: crossing, address: "幸福路与新华路交叉口",
                ground: .dangerToLife), by: actor, at: Date())
    }
}
