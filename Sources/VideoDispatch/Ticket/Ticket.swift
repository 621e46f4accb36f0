import FeedRelay
import Foundation
import GatewayCore

/// 播放凭证: a short-lived right of one person to one feed for one purpose.
///
/// It may connect several times before ``expiresAt`` (VLC comes back over TCP after a 461); what it opened then lives on
/// until link, session, incident or account end. It holds identities only: no address and no credential of a camera.
///
/// On the wire: base64url without padding of
/// `version u8 = 1 | stream and purpose u8 | expiry u48 (ms since 1970) | 5 × (length u8, identifier) | HMAC-SHA256 (32)`,
/// big-endian; the identifiers are camera point, account, session, incident, link, the last three of length 0 when absent.
/// With the gateway's own 16-character identifiers that is 166 characters.
package struct Ticket: Hashable, Sendable {
    /// How long a ticket may be used to connect.
    package static let lifetime: TimeInterval = 60

    package let feed: FeedID
    package let purpose: ViewPurpose
    package let account: AccountID
    package let session: SessionID?
    package let incident: IncidentID?
    package let link: LinkID?
    /// To the millisecond.
    package let expiresAt: Date

    package var issuedAt: Date { expiresAt.addingTimeInterval(-Self.lifetime) }

    package init(
        feed: FeedID, purpose: ViewPurpose, account: AccountID, session: SessionID?, incident: IncidentID?, link: LinkID?,
        issuedAt: Date
    ) {
        self.feed = feed
        self.purpose = purpose
        self.account = account
        self.session = session
        self.incident = incident
        self.link = link
        self.expiresAt = Self.date(milliseconds: Self.milliseconds(issuedAt.addingTimeInterval(Self.lifetime)))
    }

    package enum Fault: Error, Hashable {
        /// Not a ticket of this gateway: too long, not base64url, another version, or signed with another key.
        case forged
        case expired
    }

    /// The ticket's text, URL-safe.
    package func text(signedWith key: TicketKey) -> String {
        var bytes = payload
        bytes.append(contentsOf: key.signature(of: bytes))
        return Base64URL.encode(bytes)
    }

    /// Reads and verifies a ticket; the signature is compared in constant time before anything of it is believed.
    package static func verify(_ text: String, key: TicketKey, now: Date) throws(Fault) -> Ticket {
        guard text.utf8.count <= 600, let bytes = Base64URL.decode(text), bytes.count > TicketKey.signatureBytes else {
            throw .forged
        }
        let payload = bytes.dropLast(TicketKey.signatureBytes)
        guard key.isValid(bytes.suffix(TicketKey.signatureBytes), of: payload), let ticket = Ticket(payload: payload) else {
            throw .forged
        }
        guard now < ticket.expiresAt else { throw .expired }
        return ticket
    }

    private static let version: UInt8 = 1
    private static let purposes: [ViewPurpose] = [.incident, .patrol, .acceptance, .maintenance]

    private var payload: [UInt8] {
        let purpose = UInt8(Self.purposes.firstIndex(of: purpose) ?? 0)
        var bytes: [UInt8] = [Self.version, purpose << 1 | (feed.stream == .sub ? 1 : 0)]
        let expiry = UInt64(max(0, Self.milliseconds(expiresAt)))
        for shift in stride(from: UInt64(40), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: expiry >> shift)) }
        let identifiers = [
            feed.cameraPoint.rawValue, account.rawValue, session?.rawValue ?? "", incident?.rawValue ?? "", link?.rawValue ?? "",
        ]
        for identifier in identifiers {
            bytes.append(UInt8(truncatingIfNeeded: identifier.utf8.count))
            bytes.append(contentsOf: identifier.utf8)
        }
        return bytes
    }

    private init?(payload: ArraySlice<UInt8>) {
        var rest = payload
        guard rest.popFirst() == Self.version, let flags = rest.popFirst(), Int(flags >> 1) < Self.purposes.count,
            rest.count >= 6
        else { return nil }
        let expiry = rest.prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(6)
        var identifiers: [String] = []
        for _ in 0..<5 {
            guard let length = rest.popFirst(), rest.count >= Int(length) else { return nil }
            identifiers.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self))
            rest = rest.dropFirst(Int(length))
        }
        guard rest.isEmpty, let point = CameraPointID(rawValue: identifiers[0]), let account = AccountID(rawValue: identifiers[1])
        else { return nil }
        self.feed = FeedID(cameraPoint: point, stream: flags & 1 == 1 ? .sub : .main)
        self.purpose = Self.purposes[Int(flags >> 1)]
        self.account = account
        self.session = SessionID(rawValue: identifiers[2])
        self.incident = IncidentID(rawValue: identifiers[3])
        self.link = LinkID(rawValue: identifiers[4])
        self.expiresAt = Self.date(milliseconds: Int64(expiry))
    }

    private static func milliseconds(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1_000).rounded()) }
    private static func date(milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }
}
