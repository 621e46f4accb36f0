import Accounts
import Foundation
import GRDB
import GatewayCore
import IncidentCommand
import Synchronization
import Testing

@testable import GatewayStore

/// Sign-in over the real store, with a clock that the test moves and scrypt at a low cost.
private final class Scene: Sendable {
    private final class Time: Sendable {
        let value = Mutex(morning)
    }

    private let time = Time()
    let revocations = Mutex<[Revocation]>([])
    let service: AccountService

    init(_ database: GatewayDatabase) {
        service = AccountService(
            store: DatabaseAccountStore(database),
            hasher: PasswordHasher(parameters: PasswordHash.Parameters(logCost: 4)),
            clock: WallClock { [time] in time.value.withLock { $0 } })
        service.onRevocation { [weak self] revocation in self?.revocations.withLock { $0.append(revocation) } }
    }

    func move(to date: Date) { time.value.withLock { $0 = date } }
    func move(by seconds: Double) { time.value.withLock { $0 += seconds } }
}

@Suite struct AccountServiceTests {
    @Test func theFirstStartMakesOneAdministrator() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let first = try #require(try await scene.service.createFirstAdministrator())
            #expect(first.account.role == .administrator)
            #expect(try await scene.service.createFirstAdministrator() == nil)
            #expect(!"\(first)".contains(first.password))
            let signIn = try await scene.service.signIn(name: "ADMIN", password: first.password, peer: "127.0.0.1")
            #expect(try await scene.service.authenticate(signIn.token.text).account == first.account)
        }
    }

    @Test func theTokenAndThePasswordAreStoredNowhere() async throws {
        let folder = try StoreFolder()
        let database = try folder.open()
        let scene = Scene(database)
        let first = try #require(try await scene.service.createFirstAdministrator())
        let signIn = try await scene.service.signIn(name: "admin", password: first.password, peer: "127.0.0.1")
        try database.close()
        for (name, bytes) in try folder.contents() {
            #expect(bytes.range(of: Data(first.password.utf8)) == nil, "\(name)")
            #expect(bytes.range(of: Data(signIn.token.text.utf8)) == nil, "\(name)")
        }
    }

    @Test func aSessionSlidesAndEnds() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let first = try #require(try await scene.service.createFirstAdministrator())
            let signIn = try await scene.service.signIn(name: "admin", password: first.password, peer: "p")
            let hour = 3_600.0
            for at in [10.0, 20, 30, 40, 50, 60, 70] {
                scene.move(to: morning + at * hour)
                _ = try await scene.service.authenticate(signIn.token.text)
            }
            scene.move(to: morning + 72 * hour)
            #expect(await reason { try await scene.service.authenticate(signIn.token.text) } == "sessionUnknown")

            let second = try await scene.service.signIn(name: "admin", password: first.password, peer: "p")
            scene.move(by: 12 * hour)
            #expect(await reason { try await scene.service.authenticate(second.token.text) } == "sessionUnknown")
            try await scene.service.endExpiredSessions()
            let ended = scene.revocations.withLock { $0 }
            #expect(ended.map(\.cause) == [.expired])
            #expect(ended.first?.sessions == [signIn.session.id, second.session.id])
        }
    }

    @Test func signingOutEndsItOnce() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let first = try #require(try await scene.service.createFirstAdministrator())
            let signIn = try await scene.service.signIn(name: "admin", password: first.password, peer: "p")
            try await scene.service.signOut(signIn.session.id)
            try await scene.service.signOut(signIn.session.id)
            #expect(await reason { try await scene.service.authenticate(signIn.token.text) } == "sessionUnknown")
            #expect(
                scene.revocations.withLock { $0 }
                    == [Revocation(sessions: [signIn.session.id], account: nil, cause: .signedOut)])
        }
    }

    @Test func guessingIsSlowedDownForKnownAndUnknownNamesAlike() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let first = try #require(try await scene.service.createFirstAdministrator())
            for name in ["admin", "nobody"] {
                for _ in 0..<5 {
                    #expect(
                        await reason { try await scene.service.signIn(name: name, password: "wrong", peer: "p") }
                            == "signInRefused")
                }
                do {
                    _ = try await scene.service.signIn(name: name, password: first.password, peer: "p")
                    Issue.record("not throttled")
                } catch let error as GatewayError {
                    #expect(error.code == .tooMany)
                    #expect(error.reason == "signInThrottled")
                    #expect(error.details["retryAfter"] == "1")
                }
            }
            scene.move(by: 1)
            _ = try await scene.service.signIn(name: "admin", password: first.password, peer: "p")
        }
    }

    @Test func anEndlessPasswordIsRefusedLikeAWrongOne() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            _ = try await scene.service.createFirstAdministrator()
            let endless = String(repeating: "x", count: 1 << 20)
            #expect(await reason { try await scene.service.signIn(name: "admin", password: endless, peer: "p") } == "signInRefused")
            #expect(await reason { try await scene.service.signIn(name: endless, password: "x", peer: "p") } == "signInRefused")
        }
    }

    @Test func disablingEndsEverythingAtOnce() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let admin = try #require(try await scene.service.createFirstAdministrator()).account
            let person = try await scene.service.create(AccountDraft(name: "张三", role: .operator), by: admin)
            let signIn = try await scene.service.signIn(name: "张三", password: person.password, peer: "p")
            try await scene.service.setDisabled(true, account: person.account.id, by: admin)
            #expect(await reason { try await scene.service.authenticate(signIn.token.text) } == "sessionUnknown")
            #expect(
                scene.revocations.withLock { $0 }
                    == [Revocation(sessions: [signIn.session.id], account: person.account.id, cause: .accountDisabled)])
            #expect(
                await reason { try await scene.service.signIn(name: "张三", password: person.password, peer: "p") }
                    == "accountDisabled")
            try await scene.service.setDisabled(false, account: person.account.id, by: admin)
            _ = try await scene.service.signIn(name: "张三", password: person.password, peer: "p")
            #expect(
                await reason { try await scene.service.setDisabled(true, account: admin.id, by: admin) } == "lastAdministrator")
        }
    }

    @Test func aNewPasswordEndsTheOtherSessions() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let first = try #require(try await scene.service.createFirstAdministrator())
            let here = try await scene.service.signIn(name: "admin", password: first.password, peer: "p")
            let there = try await scene.service.signIn(name: "admin", password: first.password, peer: "q")
            let person = try await scene.service.authenticate(here.token.text)
            #expect(
                await reason { try await scene.service.setOwnPassword("long enough 1", current: "wrong", of: person) }
                    == "signInRefused")
            #expect(
                await reason { try await scene.service.setOwnPassword("short", current: first.password, of: person) }
                    == "passwordTooShort")
            try await scene.service.setOwnPassword("long enough 1", current: first.password, of: person)
            _ = try await scene.service.authenticate(here.token.text)
            #expect(await reason { try await scene.service.authenticate(there.token.text) } == "sessionUnknown")
            #expect(
                await reason { try await scene.service.signIn(name: "admin", password: first.password, peer: "p") }
                    == "signInRefused")
            _ = try await scene.service.signIn(name: "admin", password: "long enough 1", peer: "p")
        }
    }

    @Test func provisioningGivesNewPasswordsAndKeepsTheAccount() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let draft = AccountDraft(name: "指挥长", role: .commander, unit: "指挥中心")
            let first = try await scene.service.provision(draft)
            let signIn = try await scene.service.signIn(name: "指挥长", password: first.password, peer: "p")
            let second = try await scene.service.provision(draft)
            #expect(first.account == second.account)
            #expect(first.password != second.password)
            #expect(await reason { try await scene.service.authenticate(signIn.token.text) } == "sessionUnknown")
            _ = try await scene.service.signIn(name: "指挥长", password: second.password, peer: "p")
        }
    }

    @Test(arguments: Role.allCases) func onlyAdministratorsMakeAccounts(role: Role) async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let actor = Account(
                id: .random(), name: "x", role: role, unit: "",
                securityCompany: role == .securityCompany ? .random() : nil, createdAt: morning)
            let outcome = await reason { try await scene.service.create(AccountDraft(name: "new", role: .auditor), by: actor) }
            #expect(outcome == (role == .administrator ? nil : "roleMayNot"))
            #expect(
                await reason { try await scene.service.accounts(for: actor) } == (role == .administrator ? nil : "roleMayNot"))
        }
    }

    @Test func twoNamesNeverDifferByCaseAlone() async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let admin = try #require(try await scene.service.createFirstAdministrator()).account
            _ = try await scene.service.create(AccountDraft(name: "Wall", role: .operator), by: admin)
            for name in ["wall", "WALL", "wall"] {
                #expect(
                    await reason { try await scene.service.create(AccountDraft(name: name, role: .operator), by: admin) }
                        == "accountNameTaken")
            }
        }
    }

    @Test(arguments: [
        "DELETE FROM account", "INSERT OR REPLACE INTO account SELECT * FROM account", "UPDATE account SET role = 'god'",
        "UPDATE account SET password_hash = 'plain'",
        "UPDATE account SET role = 'securityCompany'", "UPDATE account SET id = 'x'", "UPDATE session SET token_hash = x'00'",
        "UPDATE session SET account_id = 'x'",
    ])
    func theDatabaseRefuses(sql: String) async throws {
        try await withDatabase { database in
            let scene = Scene(database)
            let first = try #require(try await scene.service.createFirstAdministrator())
            _ = try await scene.service.signIn(name: "admin", password: first.password, peer: "p")
            await #expect(throws: DatabaseError.self) { try await database.pool.write { try $0.execute(sql: sql) } }
        }
    }
}
