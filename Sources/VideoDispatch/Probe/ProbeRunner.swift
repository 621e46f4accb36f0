import CameraRegistry
import DecoderProcess
import FeedRelay
import Foundation
import GatewayCore
import Logging
import Synchronization

/// Where a probe gets its packets: the relay, so that a live feed is probed where it flows.
package protocol TapSource: Sendable {
    func tap(_ feed: FeedID, into reader: any FeedReader) async throws -> ProbeTap
}

extension FeedRelay: TapSource {}

/// Keeps the thumbnail of a government-built point.
package protocol ThumbnailKeeper: Sendable {
    func keep(_ jpeg: [UInt8], of point: CameraPointID) async throws
}

/// Runs what the registry's schedule says is due, and probes that somebody asks for.
///
/// A probe waits on the network without a thread; FFmpeg works in the decoder's process. Results go to the registry, which
/// moves the point's health. When a recorder gives no connection, that is one fault: its other channels are written as
/// `intermediaryUnreachable` without being tried.
package struct ProbeRunner: Sendable {
    /// One probe from beginning to end, at most.
    static let deadline: Duration = .seconds(10)
    static let thumbnailWidth = 320

    private let points: any CameraPointStore
    private let relay: any TapSource
    private let decoder: DecoderProcess
    private let thumbnails: (any ThumbnailKeeper)?
    private let schedule: ProbeSchedule
    private let clock: WallClock
    private let logger: Logger
    /// While somebody waits for a round that was asked for, the schedule's own begins no probe.
    private let asked = AskedRounds()

    /// - Parameter decoder: for as many probes as the schedule's concurrency, or they wait for each other.
    package init(
        points: any CameraPointStore, relay: any TapSource, decoder: DecoderProcess, thumbnails: (any ThumbnailKeeper)? = nil,
        schedule: ProbeSchedule = ProbeSchedule(), clock: WallClock = .system, logger: Logger
    ) {
        self.points = points
        self.relay = relay
        self.decoder = decoder
        self.thumbnails = thumbnails
        self.schedule = schedule
        self.clock = clock
        self.logger = logger
    }

    // MARK: Use cases

    /// How long after its start ``run()`` first looks, so that what people wait for comes first.
    static let firstPause: Duration = .seconds(3)

    /// Probes what is due until cancelled.
    package func run() async {
        guard (try? await Task.sleep(for: Self.firstPause)) != nil else { return }
        while !Task.isCancelled {
            var pause = 30.0
            do {
                let now = clock.now()
                let next = try await round(dueAt: now, isAsked: false, progress: { _, _ in })
                if let next { pause = min(max(1, next.timeIntervalSince(clock.now())), 30) }
            } catch is CancellationError {
                return
            } catch {
                logger.error("probes could not be run", metadata: ["error": "\(error)"])
            }
            guard (try? await Task.sleep(for: .seconds(pause))) != nil else { return }
        }
    }

    /// Probes every live-capable point once, whenever it was probed last.
    /// - Parameter progress: told how many of how many are done, after each.
    package func probeAll(progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }) async throws {
        asked.count.add(1, ordering: .relaxed)
        defer { asked.count.subtract(1, ordering: .relaxed) }
        _ = try await round(dueAt: .distantFuture, isAsked: true, progress: progress)
    }

    /// Probes one point now, whatever the schedule says.
    ///
    /// Throws `cameraPointNotFound`, or `noStream` for a point without a picture.
    package func probe(_ id: CameraPointID) async throws -> ProbeReport {
        guard let listing = try await points.cameraPoint(id) else {
            throw GatewayError(.notFound, "cameraPointNotFound", "没有这个监控点位。")
        }
        guard let stream = listing.point.preferredStream(.main), listing.point.accessMethod.hasStream else {
            throw GatewayError(.conflict, "noStream", "「\(listing.point.name)」没有实时码流,无法探测。")
        }
        let feed = FeedID(cameraPoint: id, stream: stream.role)
        guard let report = await examine(feed, of: listing) else {
            throw GatewayError(
                .unavailable, "decoderUnavailable", "解码程序无法运行,探测未能进行。", remedy: "查看网关日志;lookout-decoder 应与 lookout 在同一目录。")
        }
        try await save(report, of: feed, intermediary: listing.point.intermediary)
        return report
    }

    // MARK: A round

    private final class AskedRounds: Sendable {
        let count = Atomic<Int>(0)
    }

    private struct Ended: Sendable {
        let candidate: ProbeSchedule.Candidate
        let outcome: ProbeOutcome
    }

    /// Runs probes until nothing is due any more; answers when the next one is.
    private func round(
        dueAt: Date, isAsked: Bool, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> Date? {
        let listings = try await points.allCameraPoints()
        let byPoint = Dictionary(listings.map { ($0.point.id, $0) }, uniquingKeysWith: { first, _ in first })
        let candidates = listings.map { ($0, ProbeSchedule.Candidate($0)) }
        let carriers = candidates.filter { $0.0.point.accessMethod != .direct }.compactMap { $0.1?.hostKey }
        var round = ProbeRound(
            candidates: candidates.compactMap(\.1), carriers: Set(carriers), schedule: schedule, dueAt: dueAt)
        progress(0, round.total)
        try await withThrowingTaskGroup(of: Ended.self) { group in
            while true {
                try Task.checkCancellation()
                let mayBegin = isAsked || asked.count.load(ordering: .relaxed) == 0
                let turn = mayBegin ? round.next(now: clock.now()) : ProbeRound.Turn()
                for candidate in turn.inheriting {
                    try await inherit(candidate)
                    progress(round.done, round.total)
                }
                for candidate in turn.probes {
                    guard let listing = byPoint[candidate.feed.cameraPoint] else {
                        round.ended(candidate, .notFound)
                        continue
                    }
                    // Jittered: a round's connections do not leave in one instant.
                    let delay = Duration.milliseconds(Int.random(in: 0...200))
                    group.addTask {
                        try await Task.sleep(for: delay)
                        let report = await examine(candidate.feed, of: listing)
                        if let report { try await save(report, of: candidate.feed, intermediary: candidate.intermediary) }
                        return Ended(candidate: candidate, outcome: report?.outcome ?? .timeout)
                    }
                }
                guard let ended = try await group.next() else { break }
                round.ended(ended.candidate, ended.outcome)
                progress(round.done, round.total)
            }
        }
        return round.nextDue
    }

    private func inherit(_ candidate: ProbeSchedule.Candidate) async throws {
        let report = ProbeReport(
            outcome: .intermediaryUnreachable, detail: "接入中介连接不上,未单独探测", startedAt: clock.now(), duration: .zero)
        _ = try await points.saveProbe(report, of: candidate.feed)
    }

    private func save(_ report: ProbeReport, of feed: FeedID, intermediary: IntermediaryID?) async throws {
        let change = try await points.saveProbe(report, of: feed)
        if let intermediary {
            let isReachable = report.outcome != .intermediaryUnreachable
            try await points.saveIntermediaryHealth(
                intermediary, isReachable: isReachable, reason: isReachable ? nil : report.detail, at: report.startedAt)
        }
        if let change {
            logger.info(
                "camera health changed",
                metadata: [
                    "camera.id": "\(feed.cameraPoint)", "from": "\(change.before.rawValue)", "to": "\(change.after.state.rawValue)",
                ])
        }
    }

    // MARK: One probe

    /// Never throws: whatever goes wrong is what was found. `nil` if the gateway itself could not look: that says nothing of
    /// the camera, and its health stays as it was.
    private func examine(_ feed: FeedID, of listing: CameraPointListing) async -> ProbeReport? {
        let begin = ContinuousClock.now
        var report = ProbeReport(outcome: .timeout, detail: "", startedAt: clock.now(), duration: .zero)
        do {
            do {
                try await examine(feed, of: listing, by: decoder, report: &report)
            } catch DecoderFailure.died, DecoderFailure.late {
                try await examineAlone(feed, of: listing, report: &report)
            }
        } catch let failure as FeedFailure {
            report.outcome = failure.outcome
            report.detail = failure.message
            if listing.point.stream(feed.stream)?.url.scheme == .push, failure.outcome == .unreachable {
                report.detail = "尚无推流,等待安防公司推送(\(failure.message))"
            }
            if failure.outcome == .unreachable, listing.point.intermediary != nil { report.outcome = .intermediaryUnreachable }
        } catch {
            logger.error("a probe could not be run", metadata: ["camera.id": "\(feed.cameraPoint)", "error": "\(error)"])
            return nil
        }
        report.duration = ContinuousClock.now - begin
        return report
    }

    private func examine(
        _ feed: FeedID, of listing: CameraPointListing, by decoder: DecoderProcess, report: inout ProbeReport
    ) async throws {
        let isGovernmentBuilt = !listing.point.isPrivate
        let options = ProbeOptions(
            deadline: Self.deadline, endsWithSecondKeyFrame: true, startNanoseconds: DispatchTime.now().uptimeNanoseconds,
            thumbnailWidth: isGovernmentBuilt && thumbnails != nil ? Self.thumbnailWidth : nil)
        let examination = try await decoder.beginProbe(options)
        defer { examination.end() }
        let tap = try await relay.tap(feed, into: examination)
        defer { tap.end() }
        let findings = try await examination.findings(sdp: tap.sdp)
        findings.fill(&report)
        if isGovernmentBuilt, let jpeg = findings.thumbnail { try? await thumbnails?.keep(Array(jpeg), of: feed.cameraPoint) }
    }

    /// The decoder ended or hung over one of the probes that it had. In a process of its own it shows whether it was this one.
    private func examineAlone(_ feed: FeedID, of listing: CameraPointListing, report: inout ProbeReport) async throws {
        let alone = decoder.another()
        let result: Result<Void, any Error>
        do {
            result = .success(try await examine(feed, of: listing, by: alone, report: &report))
        } catch {
            result = .failure(error)
        }
        await alone.shutdown()
        switch result {
        case .failure(DecoderFailure.died), .failure(DecoderFailure.late):
            report.outcome = .undecodable
            report.detail = "解码器处理该码流时异常退出"
            logger.error("a camera's stream brings the decoder down", metadata: ["camera.id": "\(feed.cameraPoint)"])
        default: try result.get()
        }
    }
}
