import CameraRegistry
import GatewayCore

/// A point that may help with an incident, and why.
package struct Suggestion: Sendable, Hashable {
    package var listing: CameraPointListing
    /// Metres from the spot.
    package var distance: Double
    /// Whether its view covers the spot; `nil` if the dossier does not say.
    package var coversSpot: Bool?
    /// 0…1; the list is sorted by it.
    package var score: Double
    /// Chinese, most telling first: 距事发地 85 米, 画面朝向事发地, 在线.
    package var reasons: [String]
    /// Why it cannot be linked; `nil` if it can, once ground and reason are given where they are needed.
    package var refusal: GatewayError?
    package var needsGround: Bool
    package var needsReason: Bool
    /// Whom to ask, for a point without live video.
    package var contact: Contact?

    package var isLinkable: Bool { refusal == nil }

    package struct Contact: Sendable, Hashable {
        package var owner: String
        package var phone: String?

        package init(owner: String, phone: String?) {
            self.owner = owner
            self.phone = phone
        }
    }

    package static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.listing == rhs.listing && lhs.distance == rhs.distance && lhs.coversSpot == rhs.coversSpot && lhs.score == rhs.score
            && lhs.reasons == rhs.reasons && lhs.refusal?.reason == rhs.refusal?.reason && lhs.contact == rhs.contact
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(listing.point.id) }
}
