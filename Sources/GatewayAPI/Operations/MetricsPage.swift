import CameraRegistry
import FeedRelay
import GatewayCore
import IncidentCommand

/// The figures of `/metrics`. What is told of a single point stands under its code: no name, no place, no viewer.
struct MetricsPage: Sendable {
    let services: Services
    let counters: RequestCounters
    let broadcast: EventBroadcast

    @inline(never)
    func text() async throws -> String {
        var page = PrometheusText()
        addProcess(to: &page)
        try await addFeeds(to: &page)
        let health = try await services.points.health().values
        page.family(
            "lookout_camera_points", .gauge, "Camera points by health.",
            HealthState.allCases.map { state in
                (labels: [("health", state.rawValue)], value: Double(health.count { $0.state == state }))
            })
        page.family(
            "lookout_incidents_active", .gauge, "Incidents that have not ended.",
            Double(try await services.incidents.incidents(.active, limit: 1, cursor: nil).total))
        page.family(
            "lookout_links_active", .gauge, "Camera points linked to incidents.",
            Double(try await services.linkStore.activeLinks(at: services.clock.now()).count))
        page.family(
            "lookout_events_total", .counter, "Events written since the database was made.",
            Double(try await services.events.latestID()))
        page.family("lookout_event_streams", .gauge, "Open server-sent event streams.", Double(broadcast.streamCount))
        page.family(
            "lookout_http_responses_total", .counter, "Answers of the HTTP API by class of status.",
            counters.byClass.map { (labels: [("class", $0.label)], value: Double($0.count)) })
        return page.text
    }

    private func addProcess(to page: inout PrometheusText) {
        let usage = ProcessUsage.now()
        page.family("process_cpu_seconds_total", .counter, "User and system time.", usage.cpuSeconds)
        if let bytes = usage.residentBytes {
            page.family("process_resident_memory_bytes", .gauge, "Resident memory.", Double(bytes))
        }
        if let files = usage.openFiles { page.family("process_open_fds", .gauge, "Open file descriptors.", Double(files)) }
    }

    private func addFeeds(to page: inout PrometheusText) async throws {
        let feeds = await services.relay.statistics().sorted { $0.feed.description < $1.feed.description }
        let listings = try await services.points.allCameraPoints()
        let codes = Dictionary(listings.map { ($0.point.id, $0.point.gbCode.digits) }, uniquingKeysWith: { first, _ in first })
        FeedMetrics(feeds: feeds, transcodes: services.relay.transcodes, codes: codes).add(to: &page)
    }
}
