import Foundation
import GatewayCore
import Testing

@testable import IncidentCommand

@Suite struct JournalEntryTests {
    /// Hashes computed by another implementation of the documented layout (Python's struct and hashlib).
    @Test func theLayoutIsAsDocumented() throws {
        let incident = try #require(IncidentID(rawValue: "inc1"))
        let actor = IncidentActor(
            id: try #require(AccountID(rawValue: "acc1")), name: "张三", role: "commander", unit: "公安局")
        let first = try JournalEntry(
            sealing: JournalDraft(
                incident: incident, at: Date(millisecondsSince1970: 1_700_000_000_123), actor: actor, kind: .note,
                text: "到达现场", body: ["b": "x/y", "a": 1]),
            sequence: 1, after: JournalEntry.firstPreviousHash)
        #expect(first.bodyText == #"{"a":1,"b":"x/y"}"#)
        #expect(first.hashText == "33cda9948f44c9123227ab2e3e0f234d05bab449ea4e74b6d2385442d18ad90a")
        let second = try JournalEntry(
            sealing: JournalDraft(
                incident: incident, at: Date(millisecondsSince1970: 1_700_000_001_000), actor: nil, kind: .linkEnded, text: ""),
            sequence: 2, after: first.hash)
        #expect(second.hashText == "a114952c0f11315184b688db9b96ad33a2103a6b2138fe4d19bfe3e3d583af2a")
    }

    @Test func aNumberThatJSONCannotSayIsRefused() {
        #expect(throws: EncodingError.self) {
            try JournalEntry(
                sealing: JournalDraft(
                    incident: .random(), at: .now, actor: nil, kind: .note, text: "", body: ["x": .number(.infinity)]),
                sequence: 1, after: JournalEntry.firstPreviousHash)
        }
    }
}
