import Foundation
import GatewayCore
import IncidentCommand

/// 推流凭证: a security company's right to publish one stream of one point, for months.
///
/// It is a row of the store and nothing that the row does not say; what the relay is given is ``text(signedWith:)``, which is
/// made of the row and the gateway's key and stored nowhere. Revoked, it is of no use from that moment on.
package struct PublishingTicket: Hashable, Sendable {
    /// Days, when nothing else is asked for, and at most.
    package static let usualDays = 180
    package static let mostDays = 366

    package let id: PublishingTicketID
    package let feed: FeedID
    /// As the point was named when it was issued.
    package let cameraPointName: String
    /// Which relay has it, in the words of whoever asked for it.
    package let note: String
    package let issuedAt: Date
    package let issuedBy: IncidentActor
    package let expiresAt: Date
    package var revokedAt: Date?
    package var revokedByName: String?

    package init(
        id: PublishingTicketID = .random(), feed: FeedID, cameraPointName: String, note: String, issuedAt: Date,
        issuedBy: IncidentActor, expiresAt: Date, revokedAt: Date? = nil, revokedByName: String? = nil
    ) {
        self.id = id
        self.feed = feed
        self.cameraPointName = cameraPointName
        self.note = note
        // To the millisecond, as it is stored and signed.
        self.issuedAt = Date(millisecondsSince1970: issuedAt.millisecondsSince1970)
        self.issuedBy = issuedBy
        self.expiresAt = Date(millisecondsSince1970: expiresAt.millisecondsSince1970)
        self.revokedAt = revokedAt
        self.revokedByName = revokedByName
    }

    package enum State: String, Sendable { case active, expired, revoked }

    package func state(at date: Date) -> State {
        if revokedAt != nil { return .revoked }
        return date < expiresAt ? .active : .expired
    }

    /// What a publisher's URL carries, URL-safe: base64url without padding of
    /// `version u8 = 2 | stream u8 | expiry u48 (ms since 1970) | 2 × (length u8, identifier) | HMAC-SHA256 (32)`, big-endian; the
    /// identifiers are ticket and camera point. A view's ticket has version 1: neither is ever taken for the other.
    package func text(signedWith key: TicketKey) -> String {
        var bytes = Claim(ticket: id, feed: feed, expiresAt: expiresAt).payload
        bytes.append(contentsOf: key.signature(of: bytes))
        return Base64URL.encode(bytes)
    }

    /// What a text says that carries the gateway's signature.
    struct Claim: Hashable {
        let ticket: PublishingTicketID
        let feed: FeedID
        let expiresAt: Date

        private static let version: UInt8 = 2

        init(ticket: PublishingTicketID, feed: FeedID, expiresAt: Date) {
            self.ticket = ticket
            self.feed = feed
            self.expiresAt = expiresAt
        }

        /// Reads and verifies a text; the signature is compared in constant time before anything of it is believed. `nil` for
        /// what is no publishing ticket of this gateway.
        init?(_ text: String, key: TicketKey) {
            guard text.utf8.count <= 300, let bytes = Base64URL.decode(text), bytes.count > TicketKey.signatureBytes else {
                return nil
            }
            let payload = bytes.dropLast(TicketKey.signatureBytes)
            guard key.isValid(bytes.suffix(TicketKey.signatureBytes), of: payload) else { return nil }
            self.init(payload: payload)
        }

        private init?(payload: ArraySlice<UInt8>) {
            var rest = payload
            guard rest.popFirst() == Self.version, let stream = rest.popFirst(), stream <= 1, rest.count >= 6 else { return nil }
            let expiry = rest.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
            rest = rest.dropFirst(6)
            var identifiers: [String] = []
            for _ in 0..<2 {
                guard let length = rest.popFirst(), rest.count >= Int(length) else { return nil }
                identifiers.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self))
                rest = rest.dropFirst(Int(length))
            }
            guard rest.isEmpty, let ticket = PublishingTicketID(rawValue: identifiers[0]),
                let point = CameraPointID(rawValue: identifiers[1])
            else { return nil }
            self.ticket = ticket
            feed = FeedID(cameraPoint: point, stream: stream == 1 ? .sub : .main)
            expiresAt = Date(millisecondsSince1970: expiry)
        }

        var payload: [UInt8] {
            var bytes: [UInt8] = [Self.version, feed.stream == .sub ? 1 : 0]
            let expiry = UInt64(max(0, expiresAt.millisecondsSince1970))
            for shift in stride(from: UInt64(40), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: expiry >> shift)) }
            for identifier in [ticket.rawValue, feed.cameraPoint.rawValue] {
                bytes.append(UInt8(truncatingIfNeeded: identifier.utf8.count))
                bytes.append(contentsOf: identifier.utf8)
            }
            return bytes
        }
    }
}
