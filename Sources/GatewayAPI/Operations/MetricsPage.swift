import CameraRegistry
import FeedRelay
import GatewayCore
import IncidentCommand

/// The figures of `/metrics`. Sums only: a label per camera would name points that a reader may not know of.
struct MetricsPage: Sendable {
    let services: Services
    let counters: RequestCounters
    let broadcast: EventBroadcast

    @inline(never)
    func text() async throws -> String {
        var page = PrometheusText()
        addProcess(to: &page)
        addFeeds(await services.relay.statistics(), to: &page)
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

    private func addFeeds(_ feeds: [FeedStatistics], to page: inout PrometheusText) {
        let states = ["connecting", "live", "stale", "backingOff", "closed"]
        page.family(
            "lookout_feeds", .gauge, "Feeds by state.",
            states.map { state in (labels: [("state", state)], value: Double(feeds.count { $0.state.name == state })) })
        func sum(_ value: (FeedStatistics) -> Int) -> Double { Double(feeds.reduce(0) { $0 &+ value($1) }) }
        page.family("lookout_feed_viewers", .gauge, "Viewers of all feeds.", sum(\.viewers))
        page.family("lookout_feed_leases", .gauge, "Leases that keep feeds open.", sum(\.leases))
        page.family(
            "lookout_feed_ingest_bits_per_second", .gauge, "What comes from cameras.",
            feeds.reduce(0) { $0 + $1.bitRateKbps } * 1_000)
        page.family("lookout_feed_cache_bytes", .gauge, "Cached groups of pictures.", sum(\.cacheBytes))
        page.family("lookout_feed_reconnects_total", .counter, "Connections to cameras that were made again.", sum(\.reconnects))
        page.family(
            "lookout_feed_skipped_frames_total", .counter, "Access units not written to viewers that lagged.", sum(\.skippedFrames))
        page.family("lookout_feed_lost_packets_total", .counter, "RTP packets missing from cameras.", sum(\.lostPackets))
        page.family("lookout_feed_clock_rebases_total", .counter, "Media clocks set anew.", sum(\.rebases))
    }
}
