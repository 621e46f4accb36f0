import Accounts
import Foundation
import GRDB
import GatewayCore
import Testing

@testable import GatewayStore

@Suite struct DatabaseViewingRegisterTests {
    private func draft(
        _ kind: ViewingDraft.Kind, view: ViewID? = nil, account: AccountID = .random(), at date: Date = .now
    ) -> ViewingDraft {
        ViewingDraft(
            kind: kind, at: Date(millisecondsSince1970: date.millisecondsSince1970), account: account, accountName: "甲",
            role: "operator", unit: "110", session: .random(), cameraPoint: .random(), cameraPointName: "十字口", stream: .sub,
            purpose: .incident, incident: .random(), link: .random(), reason: "火情", view: view,
            medium: view == nil ? nil : "rtsp", peer: view == nil ? nil : "127.0.0.1", bytes: kind == .viewEnded ? 42 : nil,
            endReason: kind == .viewEnded ? "closed" : nil)
    }

    @Test func recordsComeBackNewestFirstAndVerify() async throws {
        try await withDatabase { database in
            let register = DatabaseViewingRegister(database)
            let view = ViewID.random()
            let account = AccountID.random()
            let drafts = [
                draft(.ticketIssued, account: account), draft(.viewStarted, view: view, account: account),
                draft(.viewEnded, view: view, account: account), draft(.ticketIssued),
            ]
            try await register.append(drafts)
            let all = try await register.records(ViewingQuery(), limit: 10, cursor: nil)
            #expect(all.items.map(\.draft) == drafts.reversed())
            #expect(all.items.map(\.number) == [4, 3, 2, 1])
            let first = try await register.records(ViewingQuery(account: account), limit: 2, cursor: nil)
            #expect(first.total == 3)
            let rest = try await register.records(ViewingQuery(account: account), limit: 2, cursor: first.nextCursor)
            #expect((first.items + rest.items).map(\.number) == [3, 2, 1])
            #expect(rest.nextCursor == nil)
            #expect(try await register.verify() == ViewingVerification(records: 4, fault: nil))
        }
    }

    @Test func aViewEndsOnce() async throws {
        try await withDatabase { database in
            let register = DatabaseViewingRegister(database)
            let view = ViewID.random()
            try await register.append([draft(.viewStarted, view: view), draft(.viewEnded, view: view)])
            try await register.append([draft(.viewEnded, view: view), draft(.viewStarted, view: view)])
            #expect(try await register.records(ViewingQuery(), limit: 10, cursor: nil).total == 2)
        }
    }

    @Test func viewsThatAKillLeftOpenAreEnded() async throws {
        try await withDatabase { database in
            let register = DatabaseViewingRegister(database)
            let open = ViewID.random()
            let ended = ViewID.random()
            try await register.append([
                draft(.viewStarted, view: open), draft(.viewStarted, view: ended), draft(.viewEnded, view: ended),
            ])
            #expect(try await register.endOpenViews(at: .now, reason: "gatewayRestarted") == 1)
            #expect(try await register.endOpenViews(at: .now, reason: "gatewayRestarted") == 0)
            let last = try await register.records(ViewingQuery(), limit: 1, cursor: nil).items.first
            #expect(last?.draft.view == open)
            #expect(last?.draft.endReason == "gatewayRestarted")
            #expect(try await register.verify().isValid)
        }
    }

    @Test(arguments: [
        "UPDATE viewing_record SET reason = 'x'", "UPDATE viewing_record SET bytes = 0", "DELETE FROM viewing_record",
        "DELETE FROM viewing_head", "UPDATE viewing_head SET number = 0", "UPDATE viewing_head SET number = number + 2",
        "INSERT OR REPLACE INTO viewing_record SELECT * FROM viewing_record",
        "INSERT OR REPLACE INTO viewing_head VALUES (1, 0, zeroblob(32))",
    ])
    func theDatabaseRefuses(sql: String) async throws {
        try await withDatabase { database in
            let register = DatabaseViewingRegister(database)
            try await register.append([draft(.ticketIssued), draft(.ticketIssued)])
            await #expect(throws: DatabaseError.self) { try await database.pool.write { try $0.execute(sql: sql) } }
            #expect(try await register.verify() == ViewingVerification(records: 2, fault: nil))
        }
    }

    @Test func whoeverGetsPastTheTriggersIsFound() async throws {
        let attacks: [(String, Int64)] = [
            ("DROP TRIGGER viewing_is_not_updated; UPDATE viewing_record SET account_name = 'x' WHERE number = 2", 2),
            ("DROP TRIGGER viewing_is_kept; DELETE FROM viewing_record WHERE number = 2", 3),
            ("DROP TRIGGER viewing_is_kept; DELETE FROM viewing_record WHERE number = 4", 4),
            ("DROP TRIGGER viewing_is_kept; DELETE FROM viewing_record", 4),
        ]
        for (sql, number) in attacks {
            try await withDatabase { database in
                let register = DatabaseViewingRegister(database)
                try await register.append((0..<4).map { _ in draft(.ticketIssued) })
                try await database.pool.write { try $0.execute(sql: sql) }
                #expect(try await register.verify().fault == number, "\(sql)")
            }
        }
    }

    @Test func pruningTakesWhatIsOlderThanThreeYearsAndLeavesAChain() async throws {
        try await withDatabase { database in
            let register = DatabaseViewingRegister(database)
            let year = 366 * 86_400.0
            try await register.append([
                draft(.ticketIssued, at: .now - 4 * year), draft(.ticketIssued, at: .now - 3.1 * year),
                draft(.ticketIssued, at: .now - 2 * year), draft(.ticketIssued, at: .now - 3.5 * year), draft(.ticketIssued),
            ])
            #expect(try await register.prune(before: .now) == 2)
            #expect(try await register.verify() == ViewingVerification(records: 3, fault: nil))
            try await register.append([draft(.ticketIssued)])
            #expect(try await register.verify() == ViewingVerification(records: 4, fault: nil))
        }
    }
}
