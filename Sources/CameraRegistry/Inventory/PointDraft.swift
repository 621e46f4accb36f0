import GatewayCore

/// A row of an inventory file on its way to a point: what was read so far, and the plain credentials that its addresses
/// carried, which are sealed when the draft is merged and go nowhere else.
package struct PointDraft: Sendable {
    package var point: CameraPoint
    package var intermediaryName: String?
    package var companyName: String?
    package var credentials: [StreamRole: StreamCredentials] = [:]
    package var line: Int
    /// Headers of the columns that the file has: others keep what is stored.
    package var headers: Set<String> = []
    /// Number of each of them, from 1.
    package var columns: [String: Int] = [:]

    var longitude: Double?
    var latitude: Double?
    var datum: Datum?
    var streamDetails: [StreamRole: StreamDetails] = [:]

    struct StreamDetails: Sendable {
        var codec: VideoCodec?
        var size: (width: Int, height: Int)?
        var frameRate: Double?
        var bitRateKbps: Int?
        var transport: TransportChoice = .automatic
        var pin: CertificatePin?
    }

    /// An empty draft of a row.
    init(line: Int) {
        point = CameraPoint(
            gbCode: .none, name: "", accessMethod: .direct, sourceCategory: .other, placeType: .otherPublic, address: "",
            township: "", owner: "", leadDepartment: "")
        self.line = line
    }

    /// What export writes.
    package init(_ listing: CameraPointListing) {
        self.init(point: listing.point, intermediary: listing.intermediary?.name, company: listing.securityCompany?.name)
    }

    init(point: CameraPoint, intermediary: String?, company: String?) {
        self.point = point
        line = 0
        intermediaryName = intermediary
        companyName = company
        longitude = point.originalLocation?.longitude ?? point.location?.longitude
        latitude = point.originalLocation?.latitude ?? point.location?.latitude
        datum = point.originalLocation?.datum ?? point.location.map { _ in .wgs84 }
        for stream in point.streams {
            var size: (Int, Int)?
            if let width = stream.width, let height = stream.height { size = (width, height) }
            streamDetails[stream.role] = StreamDetails(
                codec: stream.codec, size: size, frameRate: stream.frameRate, bitRateKbps: stream.bitRateKbps,
                transport: stream.transport, pin: stream.pin)
        }
    }

    /// Settles what several cells say together. Faults carry the header of the column that they are reported at.
    mutating func settle() -> [(header: String, fault: CellFault)] {
        var faults: [(String, CellFault)] = []
        if let fault = settleLocation() {
            let isLongitudeGood = longitude.map(InventoryRules.longitudes.contains) ?? false
            faults.append((isLongitudeGood ? "纬度" : "经度", fault))
        }
        for index in point.streams.indices {
            guard let details = streamDetails[point.streams[index].role] else { continue }
            point.streams[index].codec = details.codec
            point.streams[index].width = details.size?.width
            point.streams[index].height = details.size?.height
            point.streams[index].frameRate = details.frameRate
            point.streams[index].bitRateKbps = details.bitRateKbps
            point.streams[index].transport = details.transport
            point.streams[index].pin = details.pin
            if let clash = point.streams[index].clash {
                faults.append((PointColumns.header(of: clash, point.streams[index].role), clash.fault))
            }
        }
        point.streams.sort { $0.role == .main && $1.role == .sub }
        for stream in point.streams where stream.url.scheme == .push && point.accessMethod != .securityCompany {
            faults.append(
                (
                    stream.role == .main ? "主码流地址" : "子码流地址",
                    CellFault("pushNotAllowed", "只有安防公司接入的点位可以推流(push)", "填写摄像机或录像机的地址")
                ))
        }
        if point.placeConfirmation == nil, !point.placeType.isBanned,
            let word = SuspiciousWord.first(in: point.name) ?? SuspiciousWord.first(in: point.address)
        {
            let header = SuspiciousWord.first(in: point.name) != nil ? "点位名称" : "详细地址"
            faults.append(
                (
                    header,
                    CellFault(
                        "placeNeedsConfirmation", "含有「\(word)」,可能是\(PlaceType.article)禁止安装的部位",
                        "核实后在「场所确认」列写明确认人和理由;属于禁止部位的不得登记")
                ))
        }
        return faults
    }

    private mutating func settleLocation() -> CellFault? {
        guard let longitude, let latitude else {
            if longitude == nil && latitude == nil { return nil }
            return CellFault("coordinateIncomplete", "经度和纬度只填了一个", "两列都填,或都留空")
        }
        let datum = datum ?? .wgs84
        if !InventoryRules.longitudes.contains(longitude) || !InventoryRules.latitudes.contains(latitude) {
            let isSwapped = InventoryRules.longitudes.contains(latitude) && InventoryRules.latitudes.contains(longitude)
            return CellFault(
                "coordinateOutOfRange", "坐标超出范围(经度 73–136,纬度 3–54)",
                isSwapped ? "经度和纬度填反了,请对调" : "核对经度、纬度和坐标系,用十进制度填写,如 106.0612")
        }
        guard let location = datum.toWGS84(longitude: longitude, latitude: latitude) else {
            return CellFault("coordinateOutOfRange", "坐标不在\(datum.rawValue)坐标系的范围内", "核对经度、纬度和坐标系")
        }
        point.location = location
        point.originalLocation = OriginalLocation(longitude: longitude, latitude: latitude, datum: datum)
        return nil
    }
}

/// Words in a name or an address that hint at a place of article 8.
package enum SuspiciousWord {
    package static let all = [
        "客房", "包间", "包厢", "宿舍", "寝室", "卧室", "浴室", "浴池", "洗浴", "澡堂", "桑拿", "足浴", "按摩", "厕所", "卫生间", "洗手间",
        "盥洗", "更衣", "试衣", "换衣", "哺乳", "母婴", "休息室", "化妆间", "病房", "产房",
    ]

    package static func first(in text: String) -> String? { all.first { text.contains($0) } }
}

/// Bounds that the county's inventory is held to.
package enum InventoryRules {
    /// Degrees; the national territory. A point beyond it is a slip of the pen.
    package static let longitudes = 73.0...136.0
    package static let latitudes = 3.0...54.0
    /// Order 799, article 16: what is kept is kept at least 30 days.
    package static let minimumSaveDays = 30
    /// Faults listed of one file before the rest is only counted.
    package static let faultLimit = 1_000
}
