import Foundation
import GatewayCore
import Testing

@testable import IncidentCommand

/// An entry as loose fields, so that a test can falsify each of them.
private struct LooseEntry {
    var incident: [UInt8]
    var sequence: Int64
    var at: Int64
    var actor: [[UInt8]]
    var kind: [UInt8]
    var text: [UInt8]
    var body: [UInt8]
    var previousHash: [UInt8]
    var hash: [UInt8]

    init(_ entry: JournalEntry) {
        incident = Array(entry.incident.rawValue.utf8)
        sequence = entry.sequence
        at = entry.atMilliseconds
        actor = entry.actor.map { [$0.id.rawValue, $0.name, $0.role, $0.unit].map { Array($0.utf8) } } ?? []
        kind = Array(entry.kind.rawValue.utf8)
        text = Array(entry.text.utf8)
        body = Array(entry.bodyText.utf8)
        previousHash = entry.previousHash
        hash = entry.hash
    }

    /// `nil` where the falsified bytes are no identifier any more: no store could hand that out.
    var entry: JournalEntry? {
        func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        guard let incident = IncidentID(rawValue: string(incident)) else { return nil }
        var who: IncidentActor?
        if actor.count == 4 {
            guard let id = AccountID(rawValue: string(actor[0])) else { return nil }
            who = IncidentActor(id: id, name: string(actor[1]), role: string(actor[2]), unit: string(actor[3]))
        }
        return JournalEntry(
            incident: incident, sequence: sequence, atMilliseconds: at, actor: who, kind: JournalKind(rawValue: string(kind)),
            text: string(text), bodyText: string(body), previousHash: previousHash, hash: hash)
    }

    static var byteFields: [WritableKeyPath<LooseEntry, [UInt8]>] {
        [
            \.incident, \.kind, \.text, \.body, \.previousHash, \.hash, \.actor[0], \.actor[1], \.actor[2], \.actor[3],
        ]
    }
}

@Suite struct JournalChainTests {
    private let incident: IncidentID = .random()

    private func journal(_ count: Int) throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        let actor = IncidentActor(id: .random(), name: "李四", role: "operator", unit: "110")
        for number in 1...Int64(count) {
            let draft = JournalDraft(
                incident: incident, at: Date(millisecondsSince1970: number * 1_000), actor: actor, kind: .note,
                text: "记录\(number)", body: ["n": .integer(number)])
            entries.append(
                try JournalEntry(sealing: draft, sequence: number, after: entries.last?.hash ?? JournalEntry.firstPreviousHash))
        }
        return entries
    }

    private func verify(_ entries: [JournalEntry], against whole: [JournalEntry]) -> JournalVerification {
        var chain = JournalChain(incident: incident)
        for entry in entries { chain.take(entry) }
        return chain.verification(
            expectedEntries: Int64(whole.count), expectedHash: whole.last?.hash ?? JournalEntry.firstPreviousHash)
    }

    @Test func aWholeJournalIsValid() throws {
        let entries = try journal(5)
        #expect(verify(entries, against: entries) == JournalVerification(entries: 5, fault: nil))
        #expect(verify([], against: []).isValid)
    }

    @Test func anyByteThatIsFlippedIsFoundAtItsEntry() throws {
        let entries = try journal(3)
        var tried = 0
        for index in entries.indices {
            let loose = LooseEntry(entries[index])
            for field in LooseEntry.byteFields {
                for position in loose[keyPath: field].indices {
                    for bit in 0..<8 {
                        var falsified = loose
                        falsified[keyPath: field][position] ^= 1 << UInt8(bit)
                        guard let entry = falsified.entry else { continue }
                        tried += 1
                        var copy = entries
                        copy[index] = entry
                        #expect(verify(copy, against: entries).fault?.sequence == Int64(index + 1))
                    }
                }
            }
            for bit in 0..<64 {
                var falsified = loose
                falsified.at ^= 1 << Int64(bit)
                var copy = entries
                copy[index] = try #require(falsified.entry)
                #expect(verify(copy, against: entries).fault == JournalFault(sequence: Int64(index + 1), reason: .altered))
                falsified = loose
                falsified.sequence ^= 1 << Int64(bit)
                copy[index] = try #require(falsified.entry)
                #expect(verify(copy, against: entries).fault == JournalFault(sequence: Int64(index + 1), reason: .missing))
            }
        }
        #expect(tried > 2_000)
    }

    @Test func aMissingEntryIsNamed() throws {
        let entries = try journal(4)
        for index in entries.indices {
            var copy = entries
            copy.remove(at: index)
            #expect(verify(copy, against: entries).fault == JournalFault(sequence: Int64(index + 1), reason: .missing))
        }
    }

    @Test func aRewrittenTailIsFound() throws {
        let entries = try journal(3)
        let forged = try JournalEntry(
            sealing: JournalDraft(incident: incident, at: .now, actor: nil, kind: .note, text: "伪造"), sequence: 3,
            after: entries[1].hash)
        #expect(verify([entries[0], entries[1], forged], against: entries).fault?.sequence == 3)
        let added = try JournalEntry(
            sealing: JournalDraft(incident: incident, at: .now, actor: nil, kind: .note, text: "伪造"), sequence: 4,
            after: entries[2].hash)
        #expect(verify(entries + [added], against: entries).fault?.sequence == 4)
    }

    @Test func anotherIncidentsJournalIsNotThisOne() throws {
        let entries = try journal(2)
        var chain = JournalChain(incident: .random())
        for entry in entries { chain.take(entry) }
        #expect(chain.fault?.sequence == 1)
    }
}
