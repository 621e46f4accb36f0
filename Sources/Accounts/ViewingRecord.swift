import Crypto
import Foundation
import GatewayCore

/// What is to be written into the viewing register: a ticket issued, a view started, a view ended.
package struct ViewingDraft: Sendable, Hashable {
    package enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
        case ticketIssued, viewStarted, viewEnded
    }

    package var kind: Kind
    package var at: Date
    package var account: AccountID
    package var accountName: String
    package var role: String
    package var unit: String
    package var session: SessionID?
    package var cameraPoint: CameraPointID
    package var cameraPointName: String
    package var stream: StreamRole
    package var purpose: VideoPurpose
    package var incident: IncidentID?
    package var link: LinkID?
    /// Why, in the person's words.
    package var reason: String?
    /// `viewStarted` and `viewEnded` of one view share it; `nil` for a ticket.
    package var view: ViewID?
    /// `rtsp`, `console`, `live`, `snapshot`; `nil` for a ticket.
    package var medium: String?
    package var peer: String?
    /// Bytes delivered; of an ended view only.
    package var bytes: Int64?
    /// Why it ended; of an ended view only.
    package var endReason: String?

    package init(
        kind: Kind, at: Date, account: AccountID, accountName: String, role: String, unit: String, session: SessionID?,
        cameraPoint: CameraPointID, cameraPointName: String, stream: StreamRole, purpose: VideoPurpose, incident: IncidentID?,
        link: LinkID?, reason: String? = nil, view: ViewID? = nil, medium: String? = nil, peer: String? = nil,
        bytes: Int64? = nil, endReason: String? = nil
    ) {
        self.kind = kind
        self.at = at
        self.account = account
        self.accountName = accountName
        self.role = role
        self.unit = unit
        self.session = session
        self.cameraPoint = cameraPoint
        self.cameraPointName = cameraPointName
        self.stream = stream
        self.purpose = purpose
        self.incident = incident
        self.link = link
        self.reason = reason
        self.view = view
        self.medium = medium
        self.peer = peer
        self.bytes = bytes
        self.endReason = endReason
    }
}

/// One row of the viewing register, chained to the row before it by SHA-256.
///
/// The hashed bytes: `lookout viewing record 1`, a line feed, then number, kind, at (ms), account, account name, role,
/// unit, session?, camera point, its name, stream, purpose, incident?, link?, reason?, view?, medium?, peer?, bytes?
/// (presence byte and number), end reason?, previous hash. Forms as in `CanonicalBytes`; `?` marks an optional text.
package struct ViewingRecord: Sendable, Hashable {
    /// 1, 2, 3 … without a hole.
    package let number: Int64
    package let draft: ViewingDraft
    /// SHA-256 of the row before; 32 zero bytes for the first ever.
    package let previousHash: [UInt8]
    /// SHA-256 as stored.
    package let hash: [UInt8]

    /// Three years: the store refuses to remove a younger row.
    package static let retentionDays = 3 * 366
    package static let firstPreviousHash = [UInt8](repeating: 0, count: 32)

    package init(number: Int64, draft: ViewingDraft, previousHash: [UInt8], hash: [UInt8]) {
        self.number = number
        self.draft = draft
        self.previousHash = previousHash
        self.hash = hash
    }

    package init(sealing draft: ViewingDraft, number: Int64, after previousHash: [UInt8]) {
        let unsealed = ViewingRecord(number: number, draft: draft, previousHash: previousHash, hash: [])
        self.init(number: number, draft: draft, previousHash: previousHash, hash: unsealed.computedHash)
    }

    package var isIntact: Bool { hash == computedHash }

    private var computedHash: [UInt8] {
        var writer = CanonicalBytes(tag: "lookout viewing record 1")
        writer.append(number)
        writer.append(draft.kind.rawValue)
        writer.append(draft.at.millisecondsSince1970)
        writer.append(draft.account.rawValue)
        writer.append(draft.accountName)
        writer.append(draft.role)
        writer.append(draft.unit)
        writer.append(optional: draft.session?.rawValue)
        writer.append(draft.cameraPoint.rawValue)
        writer.append(draft.cameraPointName)
        writer.append(draft.stream.rawValue)
        writer.append(draft.purpose.rawValue)
        writer.append(optional: draft.incident?.rawValue)
        writer.append(optional: draft.link?.rawValue)
        writer.append(optional: draft.reason)
        writer.append(optional: draft.view?.rawValue)
        writer.append(optional: draft.medium)
        writer.append(optional: draft.peer)
        writer.append(byte: draft.bytes == nil ? 0 : 1)
        writer.append(draft.bytes ?? 0)
        writer.append(optional: draft.endReason)
        writer.append(fixed: previousHash)
        return Array(SHA256.hash(data: writer.bytes))
    }
}
