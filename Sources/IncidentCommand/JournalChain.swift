import Crypto
import GatewayCore

/// Verifies a journal entry by entry, in order, in constant memory.
package struct JournalChain: Sendable {
    package private(set) var entries: Int64 = 0
    package private(set) var lastHash = JournalEntry.firstPreviousHash
    package private(set) var fault: JournalFault?
    private let incident: IncidentID

    package init(incident: IncidentID) { self.incident = incident }

    /// Takes the next entry; after a fault it only counts.
    package mutating func take(_ entry: JournalEntry) {
        entries += 1
        guard fault == nil else { return }
        if entry.sequence != entries || entry.incident != incident {
            fault = JournalFault(sequence: entries, reason: .missing)
        } else if entry.previousHash != lastHash {
            fault = JournalFault(sequence: entry.sequence, reason: .chainBroken)
        } else if Array(SHA256.hash(data: entry.canonicalBytes)) != entry.hash {
            fault = JournalFault(sequence: entry.sequence, reason: .altered)
        }
        lastHash = entry.hash
    }

    /// The verdict, against the length and last hash that the store keeps apart from the entries.
    package func verification(expectedEntries: Int64, expectedHash: [UInt8]) -> JournalVerification {
        if let fault { return JournalVerification(entries: entries, fault: fault) }
        if entries < expectedEntries {
            return JournalVerification(entries: entries, fault: JournalFault(sequence: entries + 1, reason: .missing))
        }
        if entries > expectedEntries || lastHash != expectedHash {
            return JournalVerification(entries: entries, fault: JournalFault(sequence: entries, reason: .chainBroken))
        }
        return JournalVerification(entries: entries, fault: nil)
    }
}

/// Where a journal stops being what was written.
package struct JournalFault: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable, Codable {
        /// The entry's fields do not give its hash.
        case altered
        /// The entry does not follow from the one before it.
        case chainBroken
        /// An entry of this number is not there.
        case missing
    }

    package let sequence: Int64
    package let reason: Reason

    package init(sequence: Int64, reason: Reason) {
        self.sequence = sequence
        self.reason = reason
    }
}

package struct JournalVerification: Sendable, Hashable {
    package let entries: Int64
    package let fault: JournalFault?
    package var isValid: Bool { fault == nil }

    package init(entries: Int64, fault: JournalFault?) {
        self.entries = entries
        self.fault = fault
    }
}
