import Accounts
import CameraRegistry
import Crypto
import FeedRelay
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import Testing

@testable import VideoDispatch

@Suite struct LinkServiceTests {
    private struct Scene {
        let world: World
        let service: LinkService
        let gate: DispatchGate
        let events: DatabaseEventStore

        init(_ world: World) {
            self.world = world
            let directory = FeedDirectory(
                points: world.points, vault: CredentialVault(key: SymmetricKey(size: .bits256)), logger: quietLogger)
            gate = DispatchGate(
                key: TicketKey(),
                recorder: ViewRecorder(
                    register: DatabaseViewingRegister(world.database), accounts: DatabaseAccountStore(world.database),
                    directory: directory, logger: quietLogger), clock: world.clock.wall)
            events = DatabaseEventStore(world.database)
            service = LinkService(
                links: world.links, points: world.points, gate: gate, wake: ReconcilerSignal(), clock: world.clock.wall)
        }

        func kinds() async throws -> [EventKind] {
            try await events.events(after: 0, limit: 1_000).map(\.kind)
                .filter { [.linkCreated, .linkEnded, .incidentEnded].contains($0) }
        }

        func journal(_ incident: IncidentID) async throws -> [JournalEntry] {
            try await world.incidents.journal(of: incident, after: 0, limit: 1_000)
        }
    }

    private func withScene(_ body: (Scene) async throws -> Void) async throws {
        try await World.with { try await body(Scene($0)) }
    }

    private func reason(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? GatewayError)?.reason ?? "\(error)"
        }
    }

    @Test func aLinkIsARowAJournalEntryAndAnEvent() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint(category: .shopfront))
            let incident = try await scene.world.incident()
            let actor = makeActor()
            let link = try await scene.service.create(
                LinkRequest(cameraPoint: point.id, record: false, ground: .disaster, reason: " 火势蔓延 "), on: incident.id, by: actor)
            #expect(link.expiresAt == noon + 24 * 3_600)
            #expect(link.linkedBy == actor && link.reason == "火势蔓延" && link.ground == .disaster && !link.record)
            #expect(try await scene.world.links.link(link.id) == link)
            #expect(try await scene.world.links.activeLinks(at: noon) == [link])
            let entry = try #require(try await scene.journal(incident.id).last)
            #expect(entry.kind == .linkCreated && entry.actor == actor)
            #expect(entry.text == "关联点位“南隆镇·新华路口”，事由：灾害，理由：火势蔓延，不录像")
            #expect(entry.body["ground"] == "disaster" && entry.body["private"] == true)
            #expect(try await scene.kinds() == [.linkCreated])
            #expect(try await scene.world.incidents.verifyJournal(of: incident.id).isValid)
        }
    }

    @Test func aRefusedLinkLeavesNothing() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint(category: .shopfront))
            let incident = try await scene.world.incident()
            let before = try await scene.journal(incident.id).count
            #expect(
                await reason {
                    _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
                } == "groundRequired")
            #expect(
                await reason {
                    _ = try await scene.service.create(LinkRequest(cameraPoint: .random()), on: incident.id, by: makeActor())
                } == "cameraPointNotFound")
            #expect(
                await reason {
                    _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: .random(), by: makeActor())
                } == "incidentNotFound")
            for duty in [CommandDuty.callTaker, .observer] {
                #expect(
                    await reason {
                        _ = try await scene.service.create(
                            LinkRequest(cameraPoint: point.id, ground: .accident), on: incident.id, by: makeActor(duty))
                    } == "roleMayNotLink")
            }
            #expect(try await scene.world.links.links(of: incident.id).isEmpty)
            #expect(try await scene.journal(incident.id).count == before)
            #expect(try await scene.kinds().isEmpty)
        }
    }

    @Test func aPointIsLinkedOnceEvenIfTwoTryAtOnce() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint())
            let incident = try await scene.world.incident()
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        await reason {
                            _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == "alreadyLinked" } == 7)
        }
    }

    @Test func aPointMayBeLinkedToTwoIncidentsAndAgainAfterItsLinkEnded() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint())
            let one = try await scene.world.incident(), other = try await scene.world.incident()
            let link = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: one.id, by: makeActor())
            _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: other.id, by: makeActor())
            try await scene.service.end(link.id, of: one.id, by: makeActor())
            _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: one.id, by: makeActor())
            #expect(try await scene.world.links.links(of: one.id).map(\.endReason) == [nil, .unlinked])
        }
    }

    /// The link ran out a moment ago and nobody has swept it yet.
    @Test func aLinkThatRanOutMakesRoomForTheNext() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint())
            let incident = try await scene.world.incident()
            _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            scene.world.clock.advance(Link.lifetime)
            _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            #expect(try await scene.world.links.links(of: incident.id).map(\.endReason) == [nil, .expired])
        }
    }

    @Test func aRenewalNeedsAReasonAndGivesAnotherDay() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint())
            let incident = try await scene.world.incident()
            let link = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            scene.world.clock.advance(3_600)
            #expect(
                await reason { _ = try await scene.service.renew(link.id, of: incident.id, reason: " ", by: makeActor()) }
                    == "reasonRequired")
            #expect(
                await reason { _ = try await scene.service.renew(link.id, of: .random(), reason: "仍在处置", by: makeActor()) }
                    == "linkNotFound")
            let renewed = try await scene.service.renew(link.id, of: incident.id, reason: "仍在处置", by: makeActor())
            #expect(renewed.expiresAt == noon + 25 * 3_600)
            #expect(try await scene.world.links.link(link.id)?.expiresAt == renewed.expiresAt)
            #expect(try await scene.journal(incident.id).last?.kind == .linkRenewed)
            scene.world.clock.advance(Link.lifetime)
            #expect(
                await reason { _ = try await scene.service.renew(link.id, of: incident.id, reason: "迟了", by: makeActor()) }
                    == "linkEnded")
        }
    }

    @Test func endingTwiceIsEndingOnce() async throws {
        try await withScene { scene in
            let point = try await scene.world.register(makePoint())
            let incident = try await scene.world.incident()
            let link = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            for _ in 0..<2 { try await scene.service.end(link.id, of: incident.id, by: makeActor()) }
            #expect(try await scene.kinds() == [.linkCreated, .linkEnded])
            #expect(
                await reason { try await scene.service.end(.random(), of: incident.id, by: makeActor()) } == "linkNotFound")
        }
    }

    @Test func endingTheIncidentEndsItsLinksInTheSameTransaction() async throws {
        try await withScene { scene in
            let incident = try await scene.world.incident(), other = try await scene.world.incident()
            for serial in 1...3 {
                let point = try await scene.world.register(makePoint("点\(serial)", serial: serial))
                _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
                _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: other.id, by: makeActor())
            }
            let commander = makeActor(.commander)
            for stage in [IncidentStage.notified, .handling, .feedback, .closed] {
                _ = try await scene.world.incidents.transition(incident.id, to: stage, note: nil, by: commander, at: noon + 60)
            }
            let links = try await scene.world.links.links(of: incident.id)
            #expect(links.count == 3)
            #expect(links.allSatisfy { $0.endReason == .incidentEnded && $0.endedAt == noon + 60 })
            #expect(try await scene.world.links.activeLinks(at: noon + 61).count == 3)
            let entries = try await scene.journal(incident.id).suffix(3)
            #expect(entries.allSatisfy { $0.kind == .linkEnded && $0.actor == commander })
            #expect(try await scene.world.incidents.verifyJournal(of: incident.id).isValid)
            let point = try await scene.world.register(makePoint(serial: 9))
            #expect(
                await reason {
                    _ = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
                } == "incidentEnded")
            // Called by the API after the transition; there is nothing left to end.
            try await scene.service.endAll(of: incident.id)
            #expect(try await scene.kinds().count { $0 == .linkEnded } == 3)
        }
    }

    @Test func suggestionsAreThoseNotLinkedYet() async throws {
        try await withScene { scene in
            var points: [CameraPoint] = []
            for serial in 1...5 {
                points.append(
                    try await scene.world.register(
                        makePoint("点\(serial)", serial: serial, location: spot.moved(Double(serial * serial) * 60, bearing: 45))))
            }
            let incident = try await scene.world.incident()
            _ = try await scene.service.create(LinkRequest(cameraPoint: points[0].id), on: incident.id, by: makeActor())
            let suggestions = SuggestionService(points: scene.world.points, links: scene.world.links, clock: scene.world.clock.wall)
            let all = try await suggestions.suggestions(for: incident, limit: 10)
            #expect(all.map(\.listing.point.id) == points.dropFirst().map(\.id))
            #expect(abs(all[0].distance - 240) < 2)
            #expect(try await suggestions.suggestions(for: incident, limit: 2).count == 2)
        }
    }
}
