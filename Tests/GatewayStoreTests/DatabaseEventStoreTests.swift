import Foundation
import GatewayCore
import IncidentCommand
import Testing

@testable import GatewayStore

@Suite struct DatabaseEventStoreTests {
    private func draft(_ subject: String, at date: Date = .now) -> EventDraft {
        EventDraft(at: date, kind: .feedState, subject: subject, payload: ["state": "live"])
    }

    @Test(.timeLimit(.minutes(1))) func aListenerHearsOfEveryCommit() async throws {
        try await withDatabase { database in
            let store = DatabaseEventStore(database)
            var numbers = store.latestIDs().makeAsyncIterator()
            try await store.append([draft("a"), draft("b")])
            #expect(await numbers.next() == 2)
            try await store.append([draft("c")])
            #expect(await numbers.next() == 3)
            #expect(try await store.latestID() == 3)
            #expect(try await store.events(after: 2, limit: 10).map(\.subject) == ["c"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func aListenerHearsOfNoRollbackAndOfTheEnd() async throws {
        try await withDatabase { database in
            struct Undone: Error {}
            var numbers = DatabaseEventStore(database).latestIDs().makeAsyncIterator()
            await #expect(throws: Undone.self) {
                try await database.pool.write { [draft] db in
                    try EventRecord.insert(draft("a", .now), in: db)
                    throw Undone()
                }
            }
            try database.close()
            #expect(await numbers.next() == nil)
            var late = DatabaseEventStore(database).latestIDs().makeAsyncIterator()
            #expect(await late.next() == nil)
        }
    }

    @Test func pagesGoOnWhereTheLastEnded() async throws {
        try await withDatabase { database in
            let store = DatabaseEventStore(database)
            try await store.append((0..<10).map { draft("\($0)") })
            var seen: [String] = []
            var last: Int64 = 0
            while true {
                let page = try await store.events(after: last, limit: 3)
                guard let end = page.last else { break }
                seen += page.map(\.subject)
                last = end.id
            }
            #expect(seen == (0..<10).map(String.init))
        }
    }

    @Test func pruningKeepsSevenDaysAndTheNumbers() async throws {
        try await withDatabase { database in
            let store = DatabaseEventStore(database)
            let day = 86_400.0
            try await store.append([draft("old", at: .now - 8 * day), draft("young", at: .now - 6 * day)])
            #expect(try await store.prune(before: .now + day) == 1)
            #expect(try await store.events(after: 0, limit: 10).map(\.subject) == ["young"])
            #expect(try await store.latestID() == 2)
            try await store.append([draft("next")])
            #expect(try await store.latestID() == 3)
        }
    }
}
