import Accounts
import CameraRegistry
import DecoderProcess
import FeedRelay
import Footage
import Foundation
import GatewayAPI
import GatewayCore
import Logging
import NIOCore
import NIOPosix
import RTSP
import VideoDispatch

/// One gateway, built in the order in which its parts depend on each other; ``run(whenReady:)`` is its life.
struct Gateway: Sendable {
    let configuration: GatewayConfiguration
    let stores: GatewayStores
    let group: MultiThreadedEventLoopGroup
    let decoder: DecoderProcess
    let accounts: AccountService
    let directory: FeedDirectory
    let gate: DispatchGate
    let publishingGate: PublishingGate
    let feedStates: FeedStateRecorder
    let relay: FeedRelay
    let recorder: FootageRecorder
    let signal: ReconcilerSignal
    let reconciler: Reconciler
    let thumbnails: ThumbnailFolder
    let prober: ProbeRunner
    let links: LinkService
    let suggestions: SuggestionService
    let logger: Logger

    init(_ configuration: GatewayConfiguration, stores: GatewayStores, dialer: any Dialer, logger: Logger) {
        self.configuration = configuration
        self.stores = stores
        self.logger = logger
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))
        decoder = DecoderProcess(
            .init(executable: ProgramFolder.path(of: "lookout-decoder"), probes: configuration.probes.parallel), group: group,
            logger: logger)
        accounts = AccountService(store: stores.accounts)
        directory = FeedDirectory(points: stores.points, vault: stores.vault, logger: logger)
        gate = DispatchGate(
            key: stores.ticketKey,
            recorder: ViewRecorder(register: stores.register, accounts: stores.accounts, directory: directory, logger: logger))
        publishingGate = PublishingGate(key: stores.ticketKey, store: stores.publishings, logger: logger)
        feedStates = FeedStateRecorder(events: stores.events, logger: logger)
        relay = FeedRelay(
            group: group, directory: directory, gate: gate, dialer: dialer,
            demuxer: DemuxerProcess.Configuration(executable: ProgramFolder.path(of: "lookout-demuxer")),
            transcodes: configuration.transcodes, soundEncoders: configuration.soundEncoders,
            options: configuration.feedOptions, logger: logger,
            stateChanged: feedStates.note)
        recorder = FootageRecorder(
            folder: stores.footageFolder, store: stores.footage, source: relay, options: configuration.footageOptions,
            logger: logger)
        signal = ReconcilerSignal()
        thumbnails = ThumbnailFolder(folder: stores.thumbnailFolder, points: stores.points)
        reconciler = Reconciler(
            links: stores.links, directory: directory, relay: relay, recorder: recorder, footage: stores.footage, gate: gate,
            thumbnails: thumbnails, signal: signal, logger: logger)
        prober = ProbeRunner(
            points: stores.points, relay: relay, decoder: decoder, thumbnails: thumbnails,
            schedule: configuration.probeSchedule, logger: logger)
        links = LinkService(links: stores.links, points: stores.points, gate: gate, wake: signal)
        suggestions = SuggestionService(points: stores.points, links: stores.links)
        connect()
    }

    /// What ends has its viewers out at once.
    private func connect() {
        gate.connect { [relay] isEvicted in relay.evict(where: isEvicted) }
        publishingGate.connect { [relay] isEnded in relay.endPublications(where: isEnded) }
        accounts.onRevocation { [gate] revocation in
            gate.endSessions(revocation.sessions)
            if let account = revocation.account { gate.endAccount(account) }
        }
    }
}

extension GatewayConfiguration {
    var feedOptions: FeedOptions {
        var options = FeedOptions()
        options.idleTime = .seconds(feeds.idleSeconds)
        options.gopCacheBytes = feeds.gopCacheMiB << 20
        options.viewerQueueBytes = feeds.viewerQueueMiB << 20
        return options
    }

    var footageOptions: FootageOptions {
        var options = FootageOptions()
        options.reserveBytes = Int64(footageReserveGiB) << 30
        return options
    }

    var probeSchedule: ProbeSchedule {
        var schedule = ProbeSchedule()
        schedule.interval = TimeInterval(probes.intervalMinutes * 60)
        schedule.concurrency = probes.parallel
        return schedule
    }
}
