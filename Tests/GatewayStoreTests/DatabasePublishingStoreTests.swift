import Foundation
import GatewayCore
import IncidentCommand
import Testing
import VideoDispatch

@testable import GatewayStore

@Suite struct DatabasePublishingStoreTests {
    private let ticket = PublishingTicketID.random()
    private let feed = FeedID(cameraPoint: .random(), stream: .main)

    private func record(
        _ kind: PublishingRecord.Kind, at milliseconds: Int64, _ publication: PublicationID? = nil
    ) -> PublishingRecord {
        PublishingRecord(
            kind: kind, at: Date(millisecondsSince1970: 1_900_000_000_000 + milliseconds), ticket: ticket, feed: feed,
            actor: publication == nil ? person() : nil, publication: publication,
            reason: kind == .ended ? "ticketRevoked" : nil)
    }

    @Test("what a gate wrote a moment late stands where it happened")
    func ordersByTimeOfOccurrence() async throws {
        try await withDatabase { database in
            let store = DatabasePublishingStore(database)
            let publication = PublicationID.random()
            try await store.append([record(.issued, at: 0), record(.revoked, at: 90)])
            try await store.append([record(.began, at: 40, publication), record(.ended, at: 95, publication)])
            let page = try await store.records(of: feed.cameraPoint, limit: 10, cursor: nil)
            #expect(page.items.map(\.record.kind) == [.ended, .revoked, .began, .issued])
            #expect(page.items.map(\.number) == [4, 2, 3, 1])
        }
    }

    @Test("pages neither repeat nor leave out a record, with equal times and late ones", arguments: 1...6)
    func pages(limit: Int) async throws {
        try await withDatabase { database in
            let store = DatabasePublishingStore(database)
            for at: Int64 in [50, 50, 10, 50, 90, 10, 70, 50] {
                try await store.append([record(.began, at: at, .random())])
            }
            for point in [feed.cameraPoint, nil] {
                var numbers: [Int64] = []
                var cursor: Int64?
                repeat {
                    let page = try await store.records(of: point, limit: limit, cursor: cursor)
                    #expect(page.items.count <= limit && page.total == 8)
                    numbers += page.items.map(\.number)
                    cursor = page.nextCursor
                } while cursor != nil && numbers.count <= 8
                #expect(numbers == [5, 7, 8, 4, 2, 1, 6, 3])
            }
        }
    }
}
