import FeedRelay
import GatewayCore

/// The feeds' part of `/metrics`: a series a feed where it helps to find the camera at fault, sums elsewhere.
///
/// Labels are bounded by the registry: point code and stream. Feeds of points that are no longer registered have no series.
struct FeedMetrics {
    private let feeds: [FeedStatistics]
    private let named: [(labels: [(String, String)], figures: FeedStatistics)]

    private let transcodes: TranscodeFigures

    init(feeds: [FeedStatistics], transcodes: TranscodeFigures, codes: [CameraPointID: String]) {
        self.feeds = feeds
        self.transcodes = transcodes
        named = feeds.compactMap { feed in
            codes[feed.feed.cameraPoint].map { ([("point", $0), ("stream", feed.feed.stream.rawValue)], feed) }
        }
    }

    func add(to page: inout PrometheusText) {
        let states = ["connecting", "live", "stale", "backingOff", "closed"]
        page.family(
            "lookout_feeds", .gauge, "Feeds by state.",
            states.map { state in (labels: [("state", state)], value: Double(feeds.count { $0.state.name == state })) })
        page.family("lookout_feed_viewers", .gauge, "Viewers of all feeds.", sum(\.viewers))
        page.family("lookout_feed_leases", .gauge, "Leases that keep feeds open.", sum(\.leases))
        page.family("lookout_feed_cache_bytes", .gauge, "Cached groups of pictures.", sum(\.cacheBytes))
        addIngest(to: &page)
        addLosses(to: &page)
        addViewers(to: &page)
        addTranscodes(to: &page)
    }

    private func addTranscodes(to page: inout PrometheusText) {
        page.family("lookout_transcodes", .gauge, "Feeds that are made into H.264 for browsers.", Double(transcodes.taken))
        page.family("lookout_transcode_slots", .gauge, "As many transcodes may run at once.", Double(transcodes.limit))
        page.family(
            "lookout_transcodes_refused_total", .counter, "Requests for a transcode while all slots were taken.",
            Double(transcodes.refused))
        page.family("lookout_transcode_viewers", .gauge, "Viewers of transcodes.", sum { $0.transcode?.viewers ?? 0 })
        page.family(
            "lookout_transcode_restarts_total", .counter, "Times that a transcode failed and was begun anew.",
            sum { $0.transcode?.restarts ?? 0 })
        page.family(
            "lookout_transcode_sent_bytes_total", .counter, "Written to the viewers of transcodes.",
            sum { Int($0.transcode?.sent.bytes ?? 0) })
    }

    private func addIngest(to page: inout PrometheusText) {
        each("lookout_feed_received_bytes_total", .counter, "Access units from the camera, framing included.", &page) {
            Double($0.receivedBytes)
        }
        each("lookout_feed_received_frames_total", .counter, "Access units from the camera.", &page) { Double($0.receivedFrames) }
        each("lookout_feed_ingest_bits_per_second", .gauge, "What comes from the camera.", &page) { $0.bitRateKbps * 1_000 }
        each("lookout_feed_gop_seconds", .gauge, "Distance of the last two key pictures.", &page) { $0.gopSeconds }
        each("lookout_feed_reconnects_total", .counter, "Connections to the camera that were made again.", &page) {
            Double($0.reconnects)
        }
    }

    private func addLosses(to page: inout PrometheusText) {
        let families: [(String, String, KeyPath<FeedLosses, Int>)] = [
            ("lost_packets", "RTP packets missing from the camera.", \.lostPackets),
            ("malformed_packets", "Packets that are no RTP, doubled, or of an unknown payload.", \.malformedPackets),
            ("oversized_frames", "Pictures above 5 MiB, dropped whole.", \.oversizedUnits),
            ("damaged_key_frames", "Key pictures of which a part was lost.", \.damagedKeyUnits),
            ("unpacked_units", "NAL units that came packed with others as one.", \.unpackedUnits),
            ("lost_framings", "Times that the interleaved framing was lost.", \.lostFramings),
            ("clock_rebases", "Media clocks set anew.", \.rebases),
        ]
        for (name, help, path) in families {
            each("lookout_feed_\(name)_total", .counter, help, &page) { Double($0.losses[keyPath: path]) }
        }
    }

    private func addViewers(to page: inout PrometheusText) {
        each("lookout_feed_sent_bytes_total", .counter, "Written to the feed's viewers.", &page) { Double($0.sent.bytes) }
        each("lookout_feed_sent_frames_total", .counter, "Access units written to viewers.", &page) { Double($0.sent.frames) }
        each("lookout_feed_skipped_frames_total", .counter, "Access units not written to viewers that lagged.", &page) {
            Double($0.sent.skipped)
        }
        var lateness = LatenessHistogram()
        for feed in feeds { lateness += feed.sent.lateness }
        page.histogram(
            "lookout_viewer_lateness_seconds", "From the camera's first packet to the write of a picture; one a viewer and second.",
            bounds: LatenessHistogram.bounds, buckets: lateness.buckets, sum: lateness.totalSeconds)
    }

    private func each(
        _ name: String, _ kind: PrometheusText.Kind, _ help: String, _ page: inout PrometheusText,
        _ value: (FeedStatistics) -> Double?
    ) {
        page.family(
            name, kind, help, named.compactMap { feed in value(feed.figures).map { (labels: feed.labels, value: $0) } })
    }

    private func sum(_ value: (FeedStatistics) -> Int) -> Double { Double(feeds.reduce(0) { $0 &+ value($1) }) }
}
