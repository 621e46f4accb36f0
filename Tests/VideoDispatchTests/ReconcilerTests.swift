import Accounts
import CameraRegistry
import Crypto
import FeedRelay
import Footage
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import NIOCore
import NIOPosix
import RTSP
import Testing

@testable import VideoDispatch

/// The reconciler over a real relay, real SQLite and a real recorder; its cameras give no connection.
@Suite struct ReconcilerTests {
    private struct DeafDialer: Dialer {
        func connect(host: String, port: Int, on eventLoop: any EventLoop, deadline: NIODeadline) -> EventLoopFuture<any Channel> {
            eventLoop.makeFailedFuture(ChannelError.connectTimeout(.zero))
        }
    }

    /// One life of the daemon on a data folder.
    private struct Life {
        let world: World
        let relay: FeedRelay
        let directory: FeedDirectory
        let gate: DispatchGate
        let recorder: FootageRecorder
        let reconciler: Reconciler
        let service: LinkService
        let signal = ReconcilerSignal()

        init(_ world: World, group: any EventLoopGroup) {
            self.world = world
            let clock = world.clock.wall
            directory = FeedDirectory(
                points: world.points, vault: CredentialVault(key: SymmetricKey(size: .bits256)), logger: quietLogger)
            gate = DispatchGate(
                key: TicketKey(),
                recorder: ViewRecorder(
                    register: DatabaseViewingRegister(world.database), accounts: DatabaseAccountStore(world.database),
                    directory: directory, logger: quietLogger), clock: clock)
            relay = FeedRelay(group: group, directory: directory, gate: gate, dialer: DeafDialer(), logger: quietLogger)
            gate.connect { [relay] predicate in relay.evict(where: predicate) }
            recorder = FootageRecorder(
                folder: world.folder.appending(path: "footage"), store: world.footage, source: relay, clock: clock,
                logger: quietLogger)
            service = LinkService(links: world.links, points: world.points, gate: gate, wake: signal, clock: clock)
            reconciler = Reconciler(
                links: world.links, directory: directory, relay: relay, recorder: recorder, footage: world.footage, gate: gate,
                thumbnails: ThumbnailFolder(folder: world.thumbnails, points: world.points), signal: signal, clock: clock,
                logger: quietLogger)
        }

        func keys() async -> [FeedID: Set<String>] { await relay.heldLeases() }
    }

    private func withWorld(_ body: (World, any EventLoopGroup) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await World.with { try await body($0, group) }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    @Test func aLinkHoldsItsFeedsAndIsRecorded() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let link = try await life.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            #expect(try await life.reconciler.pass() == link.expiresAt)
            let key = "link:\(link.id)"
            #expect(
                await life.keys() == [
                    FeedID(cameraPoint: point.id, stream: .main): [key], FeedID(cameraPoint: point.id, stream: .sub): [key],
                ])
            #expect(life.recorder.running() == [link.id: FeedID(cameraPoint: point.id, stream: .main)])

            try await life.service.end(link.id, of: incident.id, by: makeActor())
            #expect(try await life.reconciler.pass() == nil)
            #expect(await life.keys().isEmpty)
            #expect(life.recorder.running().isEmpty)
            await life.relay.shutdown()
        }
    }

    /// After `kill -9` a new life holds again what the links demand, and admits their viewers.
    @Test func aNewLifeRestoresWhatLinksDemand() async throws {
        try await withWorld { world, group in
            let point = try await world.register(makePoint(roles: [.main]))
            let incident = try await world.incident()
            let first = Life(world, group: group)
            let link = try await first.service.create(
                LinkRequest(cameraPoint: point.id, record: false), on: incident.id, by: makeActor())
            try await first.reconciler.pass()
            await first.relay.shutdown()

            let second = Life(world, group: group)
            try await second.reconciler.pass()
            #expect(await second.keys() == [FeedID(cameraPoint: point.id, stream: .main): ["link:\(link.id)"]])
            #expect(second.recorder.running().isEmpty)
            let ticket = Ticket(
                feed: FeedID(cameraPoint: point.id), purpose: .incident, account: .random(), session: nil, incident: incident.id,
                link: link.id, issuedAt: world.clock.date)
            var state = GateState(startedAt: noon)
            state.activate(link)
            guard case .granted = state.admit(ticket, medium: .rtsp, now: noon) else {
                Issue.record("refused")
                return
            }
            await second.relay.shutdown()
        }
    }

    @Test func linksThatRanOutEnd() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let link = try await life.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            try await life.reconciler.pass()
            world.clock.advance(Link.lifetime)
            try await life.reconciler.pass()
            #expect(await life.keys().isEmpty && life.recorder.running().isEmpty)
            let ended = try #require(try await world.links.link(link.id))
            #expect(ended.endReason == .expired && ended.endedAt == world.clock.date)
            let entry = try #require(try await world.incidents.journal(of: incident.id, after: 0, limit: 100).last)
            #expect(entry.kind == .linkEnded && entry.actor == nil && entry.text.contains("到期未续"))
            await life.relay.shutdown()
        }
    }

    /// However it happened: here the registry was written past the API, as an import does.
    @Test(arguments: [LinkEnd.pointRemoved, .pointInRepair, .pointWithoutStream])
    func linksOfAPointThatIsLostEndForItsReason(reason: LinkEnd) async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let point = try await world.register(makePoint(serial: 1))
            let other = try await world.register(makePoint(serial: 2))
            let incident = try await world.incident()
            let link = try await life.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            let stays = try await life.service.create(
                LinkRequest(cameraPoint: other.id, record: false), on: incident.id, by: makeActor())
            try await life.reconciler.pass()
            try await lose(point.id, reason, in: world)
            try await life.reconciler.pass()
            #expect(try await world.links.link(link.id)?.endReason == reason)
            #expect(try await world.links.link(stays.id)?.endedAt == nil)
            #expect(await Set(life.keys().keys.map(\.cameraPoint)) == [other.id])
            let entry = try #require(try await world.incidents.journal(of: incident.id, after: 0, limit: 100).last)
            #expect(entry.kind == .linkEnded && entry.actor == nil && entry.text.contains(reason.chineseName))
            #expect(entry.body["reason"] == .string(reason.rawValue))
            await life.relay.shutdown()
        }
    }

    /// The daemon was not running when the registry changed.
    @Test func aNewLifeEndsLinksOfLostPoints() async throws {
        try await withWorld { world, group in
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let first = Life(world, group: group)
            let link = try await first.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            try await first.reconciler.pass()
            await first.relay.shutdown()
            try await lose(point.id, .pointInRepair, in: world)
            let second = Life(world, group: group)
            try await second.reconciler.pass()
            #expect(try await world.links.link(link.id)?.endReason == .pointInRepair)
            #expect(await second.keys().isEmpty)
            await second.relay.shutdown()
        }
    }

    private func lose(_ point: CameraPointID, _ reason: LinkEnd, in world: World) async throws {
        switch reason {
        case .pointInRepair: _ = try await world.points.updateCameraPoint(point, by: nil) { $0.status = .repair }
        case .pointWithoutStream: _ = try await world.points.updateCameraPoint(point, by: nil) { $0.streams = [] }
        default: try await world.points.deleteCameraPoint(point, by: nil)
        }
    }

    @Test func thumbnailsGoWithTheirPoint() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let folder = ThumbnailFolder(folder: world.thumbnails, points: world.points)
            let sold = try await world.register(makePoint(serial: 1))
            let deleted = try await world.register(makePoint(serial: 2))
            let kept = try await world.register(makePoint(serial: 3))
            for point in [sold, deleted, kept] { try await folder.keep([0xFF, 0xD8], of: point.id) }
            try await life.reconciler.pass()
            #expect(world.thumbnailNames.count == 3)
            _ = try await world.points.updateCameraPoint(sold.id, by: nil) { $0.sourceCategory = .shopfront }
            try await world.points.deleteCameraPoint(deleted.id, by: nil)
            try await life.reconciler.pass()
            #expect(world.thumbnailNames == ["\(kept.id).jpg"])
            await life.relay.shutdown()
        }
    }

    /// A store that was written without the ending step is healed.
    @Test func linksOfEndedIncidentsEnd() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let link = try await life.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            try await life.reconciler.pass()
            let careless = DatabaseIncidentStore(world.database)
            for stage in [IncidentStage.notified, .handling, .feedback, .closed] {
                _ = try await careless.transition(incident.id, to: stage, note: nil, by: makeActor(.commander), at: noon)
            }
            #expect(try await world.links.link(link.id)?.endedAt == nil)
            try await life.reconciler.pass()
            #expect(try await world.links.link(link.id)?.endReason == .incidentEnded)
            #expect(await life.keys().isEmpty)
            await life.relay.shutdown()
        }
    }

    @Test func gapsThatOutliveTheirLinkAreClosed() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let link = try await life.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            let gap = Gap(
                id: .random(), incident: incident.id, link: link.id, cameraPoint: point.id, from: noon, reason: .daemonStopped)
            try await world.footage.commit([.gapOpened(gap)])
            try await life.reconciler.pass()
            #expect(try await world.footage.openGaps().count == 1)
            world.clock.advance(30)
            try await life.service.end(link.id, of: incident.id, by: makeActor())
            world.clock.advance(30)
            try await life.reconciler.pass()
            #expect(try await world.footage.gaps(of: incident.id).map(\.to) == [noon + 30])
            await life.relay.shutdown()
        }
    }

    @Test func runsAtOnceWhenCalled() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let running = Task { await life.reconciler.run() }
            let link = try await life.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            try await expectEventually { await life.keys().count == 2 }
            try await life.service.end(link.id, of: incident.id, by: makeActor())
            try await expectEventually { await life.keys().isEmpty }
            running.cancel()
            await running.value
            await life.relay.shutdown()
        }
    }

    /// Whoever registers a point and waits for the answer finds its source known, and gone when the point is.
    @Test(.timeLimit(.minutes(1))) func whoWaitsForAPassFindsTheSource() async throws {
        try await withWorld { world, group in
            let life = Life(world, group: group)
            let running = Task { await life.reconciler.run() }
            // The first pass is over when something is held.
            let held = try await world.register(makePoint(serial: 1))
            let incident = try await world.incident()
            _ = try await life.service.create(LinkRequest(cameraPoint: held.id, record: false), on: incident.id, by: makeActor())
            try await expectEventually { await life.keys().count == 1 }
            for serial in 2...21 {
                let point = try await world.register(makePoint(serial: serial))
                await life.signal.sendUntilFollowed()
                #expect(life.directory.source(of: FeedID(cameraPoint: point.id)) != nil)
                _ = try await world.points.updateCameraPoint(point.id, by: nil) {
                    $0.streams[0].url = StreamURL(host: "203.0.113.9", target: "/moved")
                }
                await life.signal.sendUntilFollowed()
                #expect(life.directory.source(of: FeedID(cameraPoint: point.id))?.url.description == "rtsp://203.0.113.9/moved")
                try await world.points.deleteCameraPoint(point.id, by: nil)
                await life.signal.sendUntilFollowed()
                #expect(life.directory.source(of: FeedID(cameraPoint: point.id)) == nil)
            }
            running.cancel()
            await running.value
            await life.relay.shutdown()
        }
    }
}
