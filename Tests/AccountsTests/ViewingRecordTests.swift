import Foundation
import GatewayCore
import Testing

@testable import Accounts

@Suite struct ViewingRecordTests {
    static func draft() -> ViewingDraft {
        ViewingDraft(
            kind: .viewEnded, at: Date(millisecondsSince1970: 1_800_000_000_000), account: .random(), accountName: "甲",
            role: "operator", unit: "110", session: .random(), cameraPoint: .random(), cameraPointName: "十字口", stream: .main,
            purpose: .incident, incident: .random(), link: .random(), reason: "火情", view: .random(), medium: "rtsp",
            peer: "127.0.0.1", bytes: 5, endReason: "closed")
    }

    @Test func everyFieldIsUnderTheHash() {
        let original = Self.draft()
        let hash = [UInt8](repeating: 7, count: 32)
        let record = ViewingRecord(sealing: original, number: 3, after: hash)
        #expect(record.isIntact)
        let changes: [(inout ViewingDraft) -> Void] = [
            { $0.kind = .viewStarted }, { $0.at += 0.001 }, { $0.account = .random() }, { $0.accountName += "x" },
            { $0.role = "x" }, { $0.unit = "x" }, { $0.session = nil }, { $0.cameraPoint = .random() },
            { $0.cameraPointName = "x" }, { $0.stream = .sub }, { $0.purpose = .patrol }, { $0.incident = nil },
            { $0.link = nil }, { $0.reason = nil }, { $0.view = nil }, { $0.medium = "" }, { $0.peer = nil },
            { $0.bytes = nil }, { $0.bytes = 6 }, { $0.endReason = nil },
        ]
        for (index, change) in changes.enumerated() {
            var falsified = original
            change(&falsified)
            #expect(
                !ViewingRecord(number: 3, draft: falsified, previousHash: hash, hash: record.hash).isIntact, "change \(index)")
        }
        #expect(!ViewingRecord(number: 4, draft: original, previousHash: hash, hash: record.hash).isIntact)
        #expect(
            !ViewingRecord(number: 3, draft: original, previousHash: ViewingRecord.firstPreviousHash, hash: record.hash).isIntact)
    }
}
