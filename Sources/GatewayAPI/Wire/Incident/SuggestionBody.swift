import GatewayCore
import VideoDispatch

/// A point that may help, and why.
struct SuggestionBody: Encodable, Sendable {
    struct Refusal: Encodable, Sendable {
        var reason: String
        var message: String
        @OrNull var remedy: String?
    }

    struct Contact: Encodable, Sendable {
        var owner: String
        @OrNull var phone: String?
    }

    var cameraPoint: CameraPointBody
    /// Metres.
    var distance: Double
    @OrNull var coversSpot: Bool?
    var score: Double
    var reasons: [String]
    var linkable: Bool
    @OrNull var refusal: Refusal?
    var needsGround: Bool
    var needsReason: Bool
    @OrNull var contact: Contact?

    init(_ suggestion: Suggestion, disclosure: PointDisclosure) {
        cameraPoint = CameraPointBody(suggestion.listing, disclosure: disclosure)
        distance = (suggestion.distance * 10).rounded() / 10
        coversSpot = suggestion.coversSpot
        score = suggestion.score
        reasons = suggestion.reasons
        linkable = suggestion.isLinkable
        refusal = suggestion.refusal.map { Refusal(reason: $0.reason, message: $0.message, remedy: $0.remedy) }
        needsGround = suggestion.needsGround
        needsReason = suggestion.needsReason
        contact = suggestion.contact.map { Contact(owner: $0.owner, phone: disclosure.showsOwnerContact ? $0.phone : nil) }
    }
}
