import CameraRegistry
import FeedRelay
import Foundation
import GatewayCore
import Logging
import Synchronization

/// Where each feed comes from, in memory, with opened credentials.
///
/// ## Concurrency model
/// Read on event loops: one look-up behind a mutex. ``refresh()`` reads the registry and swaps the whole table.
package final class FeedDirectory: SourceDirectory {
    struct Entry: Sendable, Hashable {
        var name: String
        var isGovernmentBuilt: Bool
        /// Why links of it cannot go on.
        var loss: LinkEnd?
        var sources: [StreamRole: CameraSource]
    }

    /// What a refresh found different.
    package struct Changes: Sendable, Hashable {
        /// Feeds whose address or credentials changed.
        package var sources: Set<FeedID> = []
        /// Points that were government-built and no longer are, the removed among them.
        package var closedToPatrol: Set<CameraPointID> = []
    }

    private let points: any CameraPointStore
    private let vault: CredentialVault
    private let logger: Logger
    private let entries = Mutex<[CameraPointID: Entry]>([:])

    package init(points: any CameraPointStore, vault: CredentialVault, logger: Logger) {
        self.points = points
        self.vault = vault
        self.logger = logger
    }

    package func source(of feed: FeedID) -> CameraSource? { entries.withLock { $0[feed.cameraPoint]?.sources[feed.stream] } }
    package func name(of point: CameraPointID) -> String? { entries.withLock { $0[point]?.name } }
    /// Streams that can be pulled; empty for a point that is unknown, removed, or without video.
    package func streams(of point: CameraPointID) -> Set<StreamRole> {
        entries.withLock { $0[point].map { Set($0.sources.keys) } ?? [] }
    }

    package var governmentBuilt: Set<CameraPointID> {
        entries.withLock { Set($0.lazy.filter(\.value.isGovernmentBuilt).map(\.key)) }
    }

    /// Which of these points can no longer be watched, and why. Of those that the directory misses the registry has the last
    /// word: a point may be younger than the last refresh.
    package func losses(among wanted: Set<CameraPointID>) async throws -> [CameraPointID: LinkEnd] {
        let suspects = entries.withLock { entries in wanted.filter { entries[$0].map { $0.loss != nil } ?? true } }
        var losses: [CameraPointID: LinkEnd] = [:]
        for id in suspects {
            guard let point = try await points.cameraPoint(id)?.point else {
                losses[id] = .pointRemoved
                continue
            }
            losses[id] = LinkEnd(lossOf: point)
        }
        return losses
    }

    /// Reads the registry again.
    @discardableResult
    package func refresh() async throws -> Changes {
        let listings = try await points.allCameraPoints()
        let fresh = Dictionary(
            listings.filter { $0.point.status != .removed }.map { ($0.point.id, entry($0)) },
            uniquingKeysWith: { first, _ in first })
        let before = entries.withLock { entries in
            defer { entries = fresh }
            return entries
        }
        return Self.changes(from: before, to: fresh)
    }

    static func changes(from before: [CameraPointID: Entry], to after: [CameraPointID: Entry]) -> Changes {
        var changes = Changes()
        for (point, old) in before {
            let new = after[point]
            if old.isGovernmentBuilt, new?.isGovernmentBuilt != true { changes.closedToPatrol.insert(point) }
            for (role, source) in old.sources where new?.sources[role] != source {
                changes.sources.insert(FeedID(cameraPoint: point, stream: role))
            }
        }
        return changes
    }

    private func entry(_ listing: CameraPointListing) -> Entry {
        let point = listing.point
        var sources: [StreamRole: CameraSource] = [:]
        if point.accessMethod.hasStream {
            for stream in point.streams {
                let feed = FeedID(cameraPoint: point.id, stream: stream.role)
                var source = CameraSource(
                    url: stream.url, credentials: credentials(stream.credentials, of: feed),
                    transport: stream.transport, pin: stream.pin ?? sharedPin(of: stream, point),
                    hostKey: listing.intermediary.map { "\($0.host):\($0.port)" }, carriesAudio: point.carriesAudio ?? false)
                if stream.url.scheme == .push { source.declaredKbps = stream.bitRateKbps }
                sources[stream.role] = source
            }
        }
        return Entry(name: point.name, isGovernmentBuilt: !point.isPrivate, loss: LinkEnd(lossOf: point), sources: sources)
    }

    /// One device shows one certificate: what is entered for its other stream is good for this one.
    private func sharedPin(of stream: CameraStream, _ point: CameraPoint) -> CertificatePin? {
        guard stream.url.scheme == .rtsps else { return nil }
        return point.streams.first {
            $0.pin != nil && $0.url.host == stream.url.host && $0.url.port == stream.url.port
        }?.pin
    }

    private func credentials(_ sealed: SealedCredentials?, of feed: FeedID) -> StreamCredentials? {
        guard let sealed else { return nil }
        do {
            return try vault.open(sealed, of: feed)
        } catch {
            logger.warning("sealed credentials do not open", metadata: ["feed.id": "\(feed)", "error": "\(error)"])
            return nil
        }
    }
}
