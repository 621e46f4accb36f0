import CameraRegistry
import Foundation
import GatewayCore

/// A camera point as answers show it: what every role sees that sees the point at all, with the rest `null` unless
/// ``PointDisclosure`` lets it out.
struct CameraPointBody: Encodable, Sendable {
    struct Named: Encodable, Sendable {
        var id: String
        var name: String
    }

    struct Health: Encodable, Sendable {
        var state: String
        @OrNull var since: Date?
        @OrNull var reason: String?
    }

    struct LastProbe: Encodable, Sendable {
        var outcome: String
        var at: Date
        var detail: String
    }

    struct Stream: Encodable, Sendable {
        var role: String
        @OrNull var codec: String?
        @OrNull var width: Int?
        @OrNull var height: Int?
        @OrNull var frameRate: Double?
        /// Without credentials, always; left out altogether for who may not see it.
        var url: String?
        /// `automatic`, `tcp`, `udp` or `http`; left out with the address.
        var transport: String?
        /// SHA-256, `AB:CD:…`; left out with the address, and where none is entered.
        var certificatePin: String?
    }

    var id: String
    var gbCode: String
    var name: String
    var pinyin: String
    var accessMethod: String
    var sourceCategory: String
    var isPrivate: Bool
    var pointClass: Int
    var placeType: String
    var coverage: String
    var address: String
    var township: String
    @OrNull var location: GeoPoint?
    @OrNull var azimuth: Double?
    @OrNull var fieldOfView: Double?
    @OrNull var visibleRange: Double?
    @OrNull var mount: String?
    var leadDepartment: String
    var owner: String
    @OrNull var ownerContact: String?
    @OrNull var securityCompany: Named?
    @OrNull var intermediary: Named?
    @OrNull var channel: Int?
    var live: Bool
    var streams: [Stream]
    var health: Health
    @OrNull var lastProbe: LastProbe?
    var status: String
    @OrNull var distance: Double?

    init(_ listing: CameraPointListing, disclosure: PointDisclosure) {
        let point = listing.point
        id = point.id.rawValue
        gbCode = point.gbCode.digits
        name = point.name
        pinyin = listing.pinyin
        accessMethod = point.accessMethod.rawValue
        sourceCategory = point.sourceCategory.rawValue
        isPrivate = point.isPrivate
        pointClass = point.pointClass.rawValue
        placeType = point.placeType.rawValue
        coverage = point.coverage.rawValue
        address = point.address
        township = point.township
        location = point.location
        azimuth = point.azimuth
        fieldOfView = point.fieldOfView
        visibleRange = point.visibleRange
        mount = point.mount?.chineseName
        leadDepartment = point.leadDepartment
        owner = point.owner
        ownerContact = disclosure.showsOwnerContact ? point.ownerContact : nil
        securityCompany = listing.securityCompany.map { Named(id: $0.id.rawValue, name: $0.name) }
        intermediary = listing.intermediary.map { Named(id: $0.id.rawValue, name: $0.name) }
        channel = point.channel
        live = point.isLiveCapable
        let showsURL = disclosure.showsStreamAddress(of: point)
        streams = point.streams.map { stream in
            Stream(
                role: stream.role.rawValue, codec: stream.codec?.rawValue, width: stream.width, height: stream.height,
                frameRate: stream.frameRate, url: showsURL ? stream.url.unredacted : nil,
                transport: showsURL ? stream.transport.rawValue : nil,
                certificatePin: showsURL ? stream.pin?.description : nil)
        }
        health = Health(state: listing.health.state.rawValue, since: listing.health.since, reason: listing.health.reason)
        lastProbe = listing.health.lastProbe.map { LastProbe(outcome: $0.outcome.rawValue, at: $0.at, detail: $0.detail) }
        status = point.status.rawValue
        distance = listing.distance
    }
}
