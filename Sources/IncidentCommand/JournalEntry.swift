import Crypto
import Foundation
import GatewayCore

/// What is to be written into an incident's journal; the store numbers it, chains it and makes it a ``JournalEntry``.
package struct JournalDraft: Sendable {
    package var incident: IncidentID
    package var at: Date
    /// `nil`: the gateway itself.
    package var actor: IncidentActor?
    package var kind: JournalKind
    /// One Chinese sentence for people.
    package var text: String
    package var body: [String: JSONValue]

    package init(
        incident: IncidentID, at: Date, actor: IncidentActor?, kind: JournalKind, text: String, body: [String: JSONValue] = [:]
    ) {
        self.incident = incident
        self.at = at
        self.actor = actor
        self.kind = kind
        self.text = text
        self.body = body
    }
}

/// One row of an incident's append-only journal, chained to the row before it by SHA-256.
///
/// The hashed bytes are ``canonicalBytes``: `lookout journal entry 1`, a line feed, then these fields, each text as its
/// length in bytes (u32, big-endian) and its UTF-8, each number as i64, big-endian:
///
/// | field | form |
/// |---|---|
/// | incident | text |
/// | sequence, from 1 | number |
/// | at, milliseconds since 1970 | number |
/// | actor present | one byte, 0 or 1; if 1 the texts id, name, role, unit follow |
/// | kind | text |
/// | text | text |
/// | body, as stored, byte for byte | text |
/// | previous hash | 32 bytes; zeros for the first entry |
package struct JournalEntry: Sendable, Hashable {
    package let incident: IncidentID
    /// 1, 2, 3 … within the incident.
    package let sequence: Int64
    /// Milliseconds since 1970.
    package let atMilliseconds: Int64
    package let actor: IncidentActor?
    package let kind: JournalKind
    package let text: String
    /// JSON object, exactly as stored and hashed.
    package let bodyText: String
    /// SHA-256 of the entry before; 32 zero bytes for the first.
    package let previousHash: [UInt8]
    /// SHA-256 of ``canonicalBytes``, as stored.
    package let hash: [UInt8]

    package static let firstPreviousHash = [UInt8](repeating: 0, count: 32)

    package var at: Date { Date(millisecondsSince1970: atMilliseconds) }
    package var body: [String: JSONValue] { (try? JSONValue.object(from: bodyText)) ?? [:] }
    package var hashText: String { Hexadecimal.text(hash) }

    /// An entry as it was stored; nothing is checked.
    package init(
        incident: IncidentID, sequence: Int64, atMilliseconds: Int64, actor: IncidentActor?, kind: JournalKind, text: String,
        bodyText: String, previousHash: [UInt8], hash: [UInt8]
    ) {
        self.incident = incident
        self.sequence = sequence
        self.atMilliseconds = atMilliseconds
        self.actor = actor
        self.kind = kind
        self.text = text
        self.bodyText = bodyText
        self.previousHash = previousHash
        self.hash = hash
    }

    /// The next entry of a chain whose last hash is `previousHash`.
    ///
    /// - Throws: `EncodingError` if the body holds a number that JSON cannot say.
    package init(sealing draft: JournalDraft, sequence: Int64, after previousHash: [UInt8]) throws {
        let unsealed = JournalEntry(
            incident: draft.incident, sequence: sequence, atMilliseconds: draft.at.millisecondsSince1970, actor: draft.actor,
            kind: draft.kind, text: draft.text, bodyText: try JSONValue.text(of: draft.body), previousHash: previousHash,
            hash: [])
        self.init(
            incident: unsealed.incident, sequence: sequence, atMilliseconds: unsealed.atMilliseconds, actor: unsealed.actor,
            kind: unsealed.kind, text: unsealed.text, bodyText: unsealed.bodyText, previousHash: previousHash,
            hash: Array(SHA256.hash(data: unsealed.canonicalBytes)))
    }

    package var canonicalBytes: [UInt8] {
        var writer = CanonicalBytes(tag: "lookout journal entry 1")
        writer.append(incident.rawValue)
        writer.append(sequence)
        writer.append(atMilliseconds)
        writer.append(byte: actor == nil ? 0 : 1)
        if let actor {
            writer.append(actor.id.rawValue)
            writer.append(actor.name)
            writer.append(actor.role)
            writer.append(actor.unit)
        }
        writer.append(kind.rawValue)
        writer.append(text)
        writer.append(bodyText)
        writer.append(fixed: previousHash)
        return writer.bytes
    }
}
