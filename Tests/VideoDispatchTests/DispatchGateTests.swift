import Accounts
import CameraRegistry
import Crypto
import FeedRelay
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import Synchronization
import Testing

@testable import VideoDispatch

@Suite struct DispatchGateTests {
    /// A gate over a real register, and the views that it had evicted.
    private struct Scene {
        let world: World
        let gate: DispatchGate
        let key = TicketKey()
        let office: TicketOffice
        let service: LinkService
        let register: DatabaseViewingRegister
        let person: SignedIn
        let evictions = Evictions()

        init(_ world: World) async throws {
            self.world = world
            let clock = world.clock.wall
            let accounts = DatabaseAccountStore(world.database)
            let account = Account(
                id: .random(), name: "李四", role: .operator, unit: "县指挥中心", securityCompany: nil, createdAt: world.clock.date)
            try await accounts.create(account, passwordHash: "$scrypt$test")
            register = DatabaseViewingRegister(world.database)
            let directory = FeedDirectory(
                points: world.points, vault: CredentialVault(key: SymmetricKey(size: .bits256)), logger: quietLogger)
            try await directory.refresh()
            gate = DispatchGate(
                key: key,
                recorder: ViewRecorder(register: register, accounts: accounts, directory: directory, logger: quietLogger),
                clock: clock)
            let evictions = evictions
            gate.connect { predicate in evictions.add(predicate) }
            office = TicketOffice(key: key, links: world.links, points: world.points, register: register, clock: clock)
            service = LinkService(links: world.links, points: world.points, gate: gate, wake: ReconcilerSignal(), clock: clock)
            let session = Session(
                id: .random(), account: account.id, createdAt: world.clock.date, expiresAt: world.clock.date + 1_000,
                peer: "127.0.0.1")
            person = SignedIn(session: session, account: account)
        }

        func admit(_ text: String, _ medium: ViewMedium = .rtsp) -> Admission {
            gate.admit(ViewRequest(ticket: text, medium: medium, peer: "127.0.0.1:4000"))
        }

        func grant(_ text: String) throws -> ViewGrant {
            guard case .granted(let grant) = admit(text) else { throw GatewayError(.failed, "test", "refused") }
            return grant
        }
    }

    /// What the relay would be told.
    private final class Evictions: Sendable {
        private let predicates = Mutex<[@Sendable (ViewGrant) -> Bool]>([])
        func add(_ predicate: @escaping @Sendable (ViewGrant) -> Bool) { predicates.withLock { $0.append(predicate) } }
        func evicts(_ grant: ViewGrant) -> Bool { predicates.withLock { $0.contains { $0(grant) } } }
    }

    private func reason(_ admission: Admission) -> String? {
        if case .refused(let error) = admission { error.reason } else { nil }
    }

    private func withScene(_ body: (Scene, Incident, Link) async throws -> Void) async throws {
        try await World.with { world in
            let point = try await world.register(makePoint())
            let incident = try await world.incident()
            let scene = try await Scene(world)
            let link = try await scene.service.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: makeActor())
            try await body(scene, incident, link)
        }
    }

    @Test func aTicketAdmitsSeveralTimesUntilItRunsOut() async throws {
        try await withScene { scene, incident, link in
            let ticket = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person)
            #expect(ticket.feed == FeedID(cameraPoint: link.cameraPoint, stream: .sub))
            #expect(ticket.text.utf8.count < 200)
            for _ in 0..<3 { #expect(reason(scene.admit(ticket.text)) == nil) }
            scene.world.clock.advance(59)
            #expect(reason(scene.admit(ticket.text)) == nil)
            scene.world.clock.advance(1)
            #expect(reason(scene.admit(ticket.text)) == "ticketExpired")
            #expect(reason(scene.admit("nonsense")) == "ticketInvalid")
        }
    }

    @Test func endingTheLinkEndsTicketsAndViews() async throws {
        try await withScene { scene, incident, link in
            let ticket = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person)
            let grant = try scene.grant(ticket.text)
            #expect(!scene.evictions.evicts(grant))
            try await scene.service.end(link.id, of: incident.id, by: makeActor())
            #expect(scene.evictions.evicts(grant))
            #expect(reason(scene.admit(ticket.text)) == "linkEnded")
            await #expect(throws: GatewayError.self) {
                try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person)
            }
        }
    }

    @Test func endingTheSessionTheAccountOrTheIncidentEvicts() async throws {
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let grant = try scene.grant(text)
            scene.gate.endSessions([.random()])
            scene.gate.endAccount(.random())
            scene.gate.deactivateAll(of: .random())
            #expect(!scene.evictions.evicts(grant))
            scene.gate.endSessions([scene.person.session.id])
            #expect(scene.evictions.evicts(grant))
            #expect(reason(scene.admit(text)) == "sessionEnded")
        }
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let grant = try scene.grant(text)
            scene.gate.endAccount(scene.person.account.id)
            #expect(scene.evictions.evicts(grant))
            #expect(reason(scene.admit(text)) == "sessionEnded")
        }
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let grant = try scene.grant(text)
            scene.gate.deactivateAll(of: incident.id)
            #expect(scene.evictions.evicts(grant))
            #expect(reason(scene.admit(text)) == "linkEnded")
        }
    }

    /// Admitted, then the link ended, then the relay began the view: it is had out at once.
    @Test func aViewThatBeginsTooLateIsEvicted() async throws {
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let grant = try scene.grant(text)
            scene.gate.viewStarted(grant, medium: .rtsp, peer: "p")
            #expect(!scene.evictions.evicts(grant))
            scene.gate.replaceLinks([], ifUnchangedSince: scene.gate.linkChanges)
            let late = ViewGrant(
                viewID: .random(), feed: grant.feed, account: grant.account, session: grant.session, incident: incident.id,
                link: link.id, purpose: .incident, endsAt: nil)
            scene.gate.viewStarted(late, medium: .rtsp, peer: "p")
            #expect(scene.evictions.evicts(late))
        }
    }

    @Test func everyStepIsInTheRegister() async throws {
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let grant = try scene.grant(text)
            let running = Task { await scene.gate.run() }
            scene.gate.viewStarted(grant, medium: .console, peer: "10.1.2.3:55")
            scene.gate.viewEnded(grant, bytes: 4_711, reason: .left)
            let register = scene.register
            try await expectEventually {
                try await register.records(ViewingQuery(incident: incident.id), limit: 10, cursor: nil).items.count == 3
            }
            running.cancel()
            await running.value
            let rows = try await register.records(ViewingQuery(incident: incident.id), limit: 10, cursor: nil).items.map(\.draft)
            #expect(rows.map(\.kind) == [.viewEnded, .viewStarted, .ticketIssued])
            #expect(rows.allSatisfy { $0.accountName == "李四" && $0.unit == "县指挥中心" && $0.role == "operator" })
            #expect(rows.allSatisfy { $0.cameraPointName == "南隆镇·新华路口" && $0.link == link.id && $0.purpose == .incident })
            #expect(rows[0].bytes == 4_711 && rows[0].endReason == "left" && rows[1].medium == "console")
            #expect(try await register.verify().isValid)
        }
    }

    /// Cancelling is not losing: what waits is written before run() returns.
    @Test func whatWaitsIsWrittenAtTheEnd() async throws {
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let running = Task { await scene.gate.run() }
            running.cancel()
            for _ in 0..<20 { scene.gate.viewStarted(try scene.grant(text), medium: .rtsp, peer: "p") }
            await running.value
            await Task { await scene.gate.run() }.cancelledValue
            let count = try await scene.register.records(ViewingQuery(incident: incident.id), limit: 50, cursor: nil).total
            #expect(count == 21)
        }
    }

    @Test func nobodyIsLetInWhileTheRegisterCannotBeWritten() async throws {
        try await withScene { scene, incident, link in
            let text = try await scene.office.ticket(for: link.id, of: incident.id, stream: .sub, to: scene.person).text
            let grant = try scene.grant(text)
            for _ in 0..<DispatchGate.backlogLimit { scene.gate.viewEnded(grant, bytes: 0, reason: .left) }
            #expect(reason(scene.admit(text)) == "registerUnavailable")
        }
    }

    @Test func rolesAndPurposesAreHeldApart() async throws {
        try await withScene { scene, incident, link in
            for role in Role.allCases {
                let person = SignedIn(
                    session: scene.person.session,
                    account: Account(
                        id: .random(), name: role.rawValue, role: role, unit: "", securityCompany: nil, createdAt: noon))
                let mayWatch = role == .operator || role == .commander
                do {
                    _ = try await scene.office.ticket(for: link.id, of: incident.id, stream: .main, to: person)
                    #expect(mayWatch)
                } catch let error as GatewayError {
                    #expect(!mayWatch && error.code == .forbidden)
                }
                do {
                    _ = try await scene.office.patrolTicket(for: link.cameraPoint, stream: .main, reason: "例行巡查", to: person)
                    #expect(mayWatch)
                } catch let error as GatewayError {
                    #expect(!mayWatch && error.code == .forbidden)
                }
            }
        }
    }

    @Test func patrolSeesNoPrivatePointAndNeedsAReason() async throws {
        try await withScene { scene, _, link in
            let shop = try await scene.world.register(makePoint(serial: 2, category: .shopfront))
            for (point, reason, expected) in [(shop.id, "看看", "privatePoint"), (link.cameraPoint, " ", "reasonRequired")] {
                do {
                    _ = try await scene.office.patrolTicket(for: point, stream: .main, reason: reason, to: scene.person)
                    Issue.record("issued")
                } catch let error as GatewayError {
                    #expect(error.reason == expected)
                }
            }
        }
    }

    @Test func aTicketOfAnotherIncidentIsNotIssued() async throws {
        try await withScene { scene, _, link in
            let other = try await scene.world.incident()
            await #expect(throws: GatewayError.self) {
                try await scene.office.ticket(for: link.id, of: other.id, stream: .main, to: scene.person)
            }
        }
    }
}

extension Task where Success == Void, Failure == Never {
    /// Cancels the task and waits for it.
    fileprivate var cancelledValue: Void {
        get async {
            cancel()
            await value
        }
    }
}
