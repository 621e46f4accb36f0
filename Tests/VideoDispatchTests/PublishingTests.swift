import CameraRegistry
import FeedRelay
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import Synchronization
import Testing

@testable import VideoDispatch

@Suite struct PublishingTests {
    private final class Endings: Sendable {
        private let predicates = Mutex<[@Sendable (PublishGrant) -> Bool]>([])
        func add(_ predicate: @escaping @Sendable (PublishGrant) -> Bool) { predicates.withLock { $0.append(predicate) } }
        func ends(_ grant: PublishGrant) -> Bool { predicates.withLock { $0.contains { $0(grant) } } }
    }

    private struct Scene {
        let world: World
        let key = TicketKey()
        let store: DatabasePublishingStore
        let gate: PublishingGate
        let office: PublishingOffice
        let endings = Endings()
        let point: CameraPoint

        init(_ world: World, change: (inout CameraPoint) -> Void = { _ in }) async throws {
            self.world = world
            store = DatabasePublishingStore(world.database)
            gate = PublishingGate(key: key, store: store, clock: world.clock.wall, logger: quietLogger)
            office = PublishingOffice(store: store, gate: gate, key: key, clock: world.clock.wall)
            gate.connect { [endings] in endings.add($0) }
            let company = makeCompany(validUntil: nil)
            _ = try await world.points.importCameraPoints(by: nil) { _ in
                var changes = RegistryChanges()
                changes.securityCompanies = [company]
                return changes
            }
            point = try await world.register(
                makePoint(method: .securityCompany, category: .community) { point in
                    point.securityCompany = company.id
                    for index in point.streams.indices {
                        point.streams[index].url = StreamURL(scheme: .push, host: "relay", target: "/")
                    }
                    change(&point)
                })
        }

        /// A gate of the next life of the daemon.
        func restarted() async throws -> PublishingGate {
            let gate = PublishingGate(key: key, store: store, clock: world.clock.wall, logger: quietLogger)
            try await gate.load()
            return gate
        }

        func issue(_ request: PublishingOffice.Request = .init()) async throws -> (ticket: PublishingTicket, text: String) {
            try await office.issue(request, for: point, by: makeActor())
        }

        func refuses(_ request: PublishingOffice.Request = .init()) async -> Bool {
            do {
                _ = try await issue(request)
                return false
            } catch {
                return true
            }
        }

        var records: [PublishingRecord] {
            get async throws { try await store.records(of: nil, limit: 100, cursor: nil).items.map(\.record).reversed() }
        }
    }

    private func withScene(
        change: (inout CameraPoint) -> Void = { _ in }, _ body: (Scene) async throws -> Void
    ) async throws {
        try await World.with { world in try await body(try await Scene(world, change: change)) }
    }

    private func admit(_ gate: PublishingGate, _ text: String, peer: String = "192.0.2.7:4000") -> PublishAdmission {
        gate.admit(PublishRequest(ticket: text, peer: peer))
    }

    private func reason(_ admission: PublishAdmission) -> String? {
        if case .refused(let error) = admission { error.reason } else { nil }
    }

    private func grant(_ admission: PublishAdmission) throws -> PublishGrant {
        guard case .granted(let grant) = admission else { throw GatewayError(.failed, "test", "refused") }
        return grant
    }

    @Test func aTicketOpensItsFeedForMonthsAndSurvivesARestart() async throws {
        try await withScene { scene in
            let (ticket, text) = try await scene.issue(.init(stream: .sub, note: "金盾中继 1"))
            #expect(ticket.expiresAt == scene.world.clock.date + 180 * 86_400)
            #expect(text.utf8.count < 120)
            let grant = try grant(admit(scene.gate, text))
            #expect(grant.feed == FeedID(cameraPoint: scene.point.id, stream: .sub) && grant.endsAt == ticket.expiresAt)
            scene.world.clock.advance(179 * 86_400)
            let next = try await scene.restarted()
            #expect(reason(admit(next, text)) == nil)
            scene.world.clock.advance(86_400)
            #expect(reason(admit(next, text)) == "publishingTicketExpired")
            #expect(try await scene.store.tickets(of: scene.point.id).map(\.note) == ["金盾中继 1"])
        }
    }

    @Test func aRevokedTicketIsOfNoUseAtOnceNorEverAgain() async throws {
        try await withScene { scene in
            let (ticket, text) = try await scene.issue()
            let other = try await scene.issue()
            let grant = try grant(admit(scene.gate, text))
            #expect(scene.gate.isStillGood(grant) && !scene.endings.ends(grant))
            try await scene.office.revoke(ticket.id, of: scene.point.id, by: makeActor())
            #expect(!scene.gate.isStillGood(grant) && scene.endings.ends(grant))
            #expect(reason(admit(scene.gate, text)) == "publishingTicketRevoked")
            let next = try await scene.restarted()
            #expect(reason(admit(next, text)) == "publishingTicketRevoked")
            #expect(reason(admit(scene.gate, other.text)) == nil)
            let kept = try #require(try await scene.store.ticket(ticket.id))
            #expect(scene.office.state(of: kept) == .revoked && kept.revokedByName == "李四")
            // A second time changes nothing; of another point it is not found.
            try await scene.office.revoke(ticket.id, of: scene.point.id, by: makeActor())
            #expect(try await scene.store.ticket(ticket.id) == kept)
            await #expect(throws: GatewayError.self) {
                try await scene.office.revoke(other.ticket.id, of: .random(), by: makeActor())
            }
            #expect(try await scene.records.map(\.kind) == [.issued, .issued, .revoked])
        }
    }

    @Test func whatIsNotSignedByThisGatewayOpensNothing() async throws {
        try await withScene { scene in
            let (ticket, text) = try await scene.issue()
            var characters = Array(text)
            for index in characters.indices {
                let kept = characters[index]
                characters[index] = kept == "A" ? "B" : "A"
                #expect(reason(admit(scene.gate, String(characters))) == "publishingTicketInvalid")
                characters[index] = kept
            }
            let foreign = ticket.text(signedWith: TicketKey())
            let view = Ticket(
                feed: ticket.feed, purpose: .patrol, account: .random(), session: nil, incident: nil, link: nil, issuedAt: Date()
            ).text(signedWith: scene.key)
            for text in ["", "x", foreign, view, text + "A", String(repeating: "A", count: 5_000)] {
                #expect(reason(admit(scene.gate, text)) == "publishingTicketInvalid")
            }
            // Nor does a publishing ticket show anybody a picture.
            #expect(throws: Ticket.Fault.forged) { try Ticket.verify(text, key: scene.key, now: Date()) }
        }
    }

    @Test func aTicketEndsWithTheDataRight() async throws {
        try await withScene(change: { $0.dataRightExpiresOn = CalendarDay(year: 2026, month: 11, day: 30) }) { scene in
            // The day itself is still good, in China.
            let (long, short) = (try await scene.issue(), try await scene.issue(.init(days: 3)))
            #expect(long.ticket.expiresAt == noon + 7.5 * 86_400)
            #expect(short.ticket.expiresAt == noon + 3 * 86_400)
            scene.world.clock.advance(7.5 * 86_400)
            #expect(await scene.refuses())
        }
    }

    @Test func whatIsAskedForHasItsLimits() async throws {
        try await withScene { scene in
            for days in [0, -1, 367, .max] {
                #expect(await scene.refuses(.init(days: days)))
            }
            #expect(await scene.refuses(.init(note: String(repeating: "长", count: 201))))
            var pulled = scene.point
            pulled.streams = [CameraStream(role: .main, url: StreamURL(host: "198.51.100.1", target: "/"))]
            for stream in StreamRole.allCases {
                let issued = try? await scene.office.issue(.init(stream: stream), for: pulled, by: makeActor())
                #expect(issued == nil)
            }
            let records = try await scene.records
            #expect(records.isEmpty)
        }
    }

    @Test func everythingIsOnRecord() async throws {
        try await withScene { scene in
            let (ticket, text) = try await scene.issue()
            let task = Task { await scene.gate.run() }
            let grant = try grant(admit(scene.gate, text))
            scene.gate.publishingBegan(grant, peer: "192.0.2.7:4000")
            scene.gate.publishingEnded(grant, bytes: 77, reason: .left)
            scene.gate.publishingRefused(grant, peer: "192.0.2.8:4000", because: .taken)
            for port in 0..<500 { _ = admit(scene.gate, "forged", peer: "203.0.113.9:\(port)") }
            try await expectEventually { try await scene.records.count >= 5 }
            // A flood of the same is two rows: the first, and the count of a minute.
            scene.world.clock.advance(61)
            scene.gate.settleRefusals()
            try await expectEventually { try await scene.records.count >= 6 }
            task.cancel()
            await task.value
            let records = try await scene.records
            #expect(records.map(\.kind) == [.issued, .began, .ended, .refused, .refused, .refused])
            #expect(records[0].actor?.name == "李四" && records[0].ticket == ticket.id && records[0].feed == ticket.feed)
            #expect(records[1].publication == grant.publication && records[1].peer == "192.0.2.7:4000")
            #expect(records[2].bytes == 77 && records[2].reason == "left" && records[2].publication == grant.publication)
            #expect(records[3].reason == "taken" && records[3].ticket == ticket.id)
            #expect(records[4].reason == "publishingTicketInvalid" && records[4].times == 1 && records[4].ticket == nil)
            #expect(records[5].times == 499)
            let page = try await scene.store.records(of: scene.point.id, limit: 2, cursor: nil)
            #expect(page.total == 4 && page.items.map(\.record.kind) == [.refused, .ended])
            let rest = try await scene.store.records(of: scene.point.id, limit: 10, cursor: page.nextCursor)
            #expect(rest.items.map(\.record.kind) == [.began, .issued] && rest.nextCursor == nil)
        }
    }

    @Test func whatAKilledGatewayLeftOpenIsClosedByTheNext() async throws {
        try await withScene { scene in
            let (_, text) = try await scene.issue()
            let grant = try grant(admit(scene.gate, text))
            try await scene.store.append([
                PublishingRecord(
                    kind: .began, at: scene.world.clock.date, ticket: grant.ticket, feed: grant.feed,
                    publication: grant.publication, peer: "p")
            ])
            let next = try await scene.restarted()
            let task = Task { await next.run() }
            try await expectEventually { try await scene.records.last?.reason == "interrupted" }
            task.cancel()
            await task.value
            #expect(try await scene.store.endOpenPublications(at: Date(), reason: "interrupted") == 0)
        }
    }

    @Test func aTicketRevokedWhileItsPublisherBeginsEndsItStill() async throws {
        try await withScene { scene in
            let (ticket, text) = try await scene.issue()
            let grant = try grant(admit(scene.gate, text))
            try await scene.office.revoke(ticket.id, of: scene.point.id, by: makeActor())
            let late = Endings()
            scene.gate.connect { late.add($0) }
            scene.gate.publishingBegan(grant, peer: "p")
            #expect(late.ends(grant))
        }
    }
}
