import GatewayCore

/// A registered place with one camera, or one channel of a recorder (监控点位), with its whole dossier (一机一档).
package struct CameraPoint: Hashable, Sendable, Identifiable {
    /// The gateway's own identity: it stays when the code is corrected.
    package private(set) var id: CameraPointID
    package var gbCode: GBCode
    /// The edition of the coding rule under which the network digit is to be read, e.g. `2022`.
    package var codeEdition: String
    package var name: String
    package var accessMethod: AccessMethod
    package var sourceCategory: SourceCategory
    package var pointClass: PointClass
    package var placeType: PlaceType
    package var coverage: Coverage
    package var address: String
    package var township: String
    package var location: GeoPoint?
    /// The coordinate as it was written in the file; ``location`` is converted from it once.
    package var originalLocation: OriginalLocation?
    /// Metres above ground.
    package var installHeight: Double?
    /// Degrees, 0 = north, clockwise, 0..<360.
    package var azimuth: Double?
    /// Horizontal, degrees, above 0, at most 360.
    package var fieldOfView: Double?
    /// Metres.
    package var visibleRange: Double?
    package var mount: MountType?
    package var isIndoor: Bool?
    package var supplementaryLight: SupplementaryLight?
    package var manufacturer: String?
    package var model: String?
    package var macAddress: String?
    /// At most one a role; empty for collection points.
    package var streams: [CameraStream]
    package var intermediary: IntermediaryID?
    /// The channel on the intermediary, 1…9,999.
    package var channel: Int?
    package var securityCompany: SecurityCompanyID?
    /// What the company was granted, in words.
    package var dataRight: String?
    package var dataRightExpiresOn: CalendarDay?
    package var owner: String
    package var ownerContact: String?
    package var leadDepartment: String
    package var maintainer: String?
    /// Days that the owner's recorder keeps footage; below 30 the inventory check warns.
    package var recordSaveDays: Int?
    /// Where the owner's recorder stands, for points of which only the dossier is held.
    package var recorderPlace: String?
    package var filingNumber: String?
    package var filedOn: CalendarDay?
    package var installedOn: CalendarDay?
    package var osdName: String?
    package var hasSignage: Bool?
    /// Whether the sound of the place may be carried beside its pictures; not unless it is said so.
    package var carriesAudio: Bool?
    /// Who confirmed, and why, a name or address with words that hint at a banned place.
    package var placeConfirmation: String?
    package var status: PointStatus

    package init(
        id: CameraPointID = .random(), gbCode: GBCode, name: String, accessMethod: AccessMethod, sourceCategory: SourceCategory,
        placeType: PlaceType, address: String, township: String, owner: String, leadDepartment: String, location: GeoPoint? = nil,
        streams: [CameraStream] = []
    ) {
        self.id = id
        self.gbCode = gbCode
        self.codeEdition = "2022"
        self.name = name
        self.accessMethod = accessMethod
        self.sourceCategory = sourceCategory
        self.pointClass = .other
        self.placeType = placeType
        self.coverage = .street
        self.address = address
        self.township = township
        self.location = location
        self.owner = owner
        self.leadDepartment = leadDepartment
        self.streams = streams
        self.status = .inUse
    }
}

extension CameraPoint {
    /// Whether there is a picture to be had at all: a stream is declared, and the point is neither in repair nor removed.
    package var isLiveCapable: Bool { accessMethod.hasStream && !streams.isEmpty && status == .inUse }

    /// The same dossier under the identity that it already has in a registry.
    package func identified(as id: CameraPointID) -> CameraPoint {
        var point = self
        point.id = id
        return point
    }

    package var isPrivate: Bool { sourceCategory.isPrivate }

    package func stream(_ role: StreamRole) -> CameraStream? { streams.first { $0.role == role } }

    /// The stream for a cell of a grid, `sub` where there is one, and the one for recording and full screen, `main`.
    package func preferredStream(_ role: StreamRole) -> CameraStream? { stream(role) ?? streams.first }
}
