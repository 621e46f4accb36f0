import CameraRegistry
import Foundation
import GatewayCore

/// One point with its whole dossier: the members of ``CameraPointBody`` and these beside them.
struct DossierBody: Encodable, Sendable {
    struct Original: Encodable, Sendable {
        var longitude: Double
        var latitude: Double
        var datum: String
    }

    struct Thumbnail: Encodable, Sendable {
        var at: Date
    }

    struct Particulars: Encodable, Sendable {
        var codeEdition: String
        @OrNull var originalLocation: Original?
        @OrNull var installHeight: Double?
        @OrNull var isIndoor: Bool?
        @OrNull var supplementaryLight: String?
        @OrNull var manufacturer: String?
        @OrNull var model: String?
        @OrNull var macAddress: String?
        @OrNull var dataRight: String?
        @OrNull var dataRightExpiresOn: String?
        @OrNull var maintainer: String?
        @OrNull var recordSaveDays: Int?
        @OrNull var filingNumber: String?
        @OrNull var filedOn: String?
        @OrNull var installedOn: String?
        @OrNull var osdName: String?
        @OrNull var hasSignage: Bool?
        /// Whether the sound of the place is carried; null is no.
        @OrNull var carriesAudio: Bool?
        @OrNull var placeConfirmation: String?
        /// `null` where there is none or the caller may not see it.
        @OrNull var thumbnail: Thumbnail?
    }

    private var listing: CameraPointBody
    private var particulars: Particulars

    init(_ listing: CameraPointListing, thumbnailAt: Date?, disclosure: PointDisclosure) {
        self.listing = CameraPointBody(listing, disclosure: disclosure)
        let point = listing.point
        particulars = Particulars(
            codeEdition: point.codeEdition,
            originalLocation: point.originalLocation.map {
                Original(longitude: $0.longitude, latitude: $0.latitude, datum: $0.datum.rawValue)
            },
            installHeight: point.installHeight, isIndoor: point.isIndoor,
            supplementaryLight: point.supplementaryLight?.chineseName, manufacturer: point.manufacturer, model: point.model,
            macAddress: point.macAddress, dataRight: point.dataRight,
            dataRightExpiresOn: point.dataRightExpiresOn?.description, maintainer: point.maintainer,
            recordSaveDays: point.recordSaveDays, filingNumber: point.filingNumber, filedOn: point.filedOn?.description,
            installedOn: point.installedOn?.description, osdName: point.osdName, hasSignage: point.hasSignage,
            carriesAudio: point.carriesAudio, placeConfirmation: point.placeConfirmation, thumbnail: thumbnailAt.map(Thumbnail.init)
        )
    }

    func encode(to encoder: any Encoder) throws {
        try listing.encode(to: encoder)
        try particulars.encode(to: encoder)
    }
}
