import CameraRegistry
import Foundation
import GRDB
import GatewayCore

/// Rows of `camera_point` and `camera_stream`, both ways.
enum CameraPointRecord {
    typealias Value = (any DatabaseValueConvertible)?

    /// Every column but `row`.
    static func values(_ point: CameraPoint) -> [(column: String, value: Value)] {
        let pinyin = PinyinInitials.of(point.name)
        return [
            ("id", point.id.rawValue), ("gb_code", point.gbCode.digits), ("code_edition", point.codeEdition), ("name", point.name),
            ("access_method", point.accessMethod.rawValue), ("source_category", point.sourceCategory.rawValue),
            ("point_class", point.pointClass.rawValue), ("place_type", point.placeType.rawValue),
            ("place_confirmation", point.placeConfirmation), ("coverage", point.coverage.rawValue), ("address", point.address),
            ("township", point.township), ("longitude", point.location?.longitude), ("latitude", point.location?.latitude),
            ("original_longitude", point.originalLocation?.longitude), ("original_latitude", point.originalLocation?.latitude),
            ("original_datum", point.originalLocation?.datum.rawValue), ("install_height", point.installHeight),
            ("azimuth", point.azimuth), ("field_of_view", point.fieldOfView), ("visible_range", point.visibleRange),
            ("mount", point.mount?.rawValue), ("is_indoor", point.isIndoor),
            ("supplementary_light", point.supplementaryLight?.rawValue), ("manufacturer", point.manufacturer),
            ("model", point.model), ("mac_address", point.macAddress), ("intermediary_id", point.intermediary?.rawValue),
            ("channel", point.channel), ("security_company_id", point.securityCompany?.rawValue), ("data_right", point.dataRight),
            ("data_right_expires_on", point.dataRightExpiresOn?.description), ("owner", point.owner),
            ("owner_contact", point.ownerContact), ("lead_department", point.leadDepartment), ("maintainer", point.maintainer),
            ("recorder_place", point.recorderPlace), ("record_save_days", point.recordSaveDays),
            ("filing_number", point.filingNumber), ("filed_on", point.filedOn?.description),
            ("installed_on", point.installedOn?.description), ("osd_name", point.osdName), ("has_signage", point.hasSignage),
            ("carries_audio", point.carriesAudio),
            ("status", point.status.rawValue), ("pinyin", pinyin),
            (
                "search_text",
                [point.name, point.gbCode.digits, point.address, point.owner, pinyin].joined(separator: "\n").lowercased()
            ),
        ]
    }

    static func point(_ row: Row, streams: [CameraStream]) throws -> CameraPoint {
        let text: String = row["id"]
        guard let id = CameraPointID(rawValue: text), let code = GBCode(row["gb_code"]),
            let method = AccessMethod(rawValue: row["access_method"]),
            let category = SourceCategory(rawValue: row["source_category"]), let place = PlaceType(rawValue: row["place_type"]),
            let pointClass = PointClass(rawValue: row["point_class"]), let coverage = Coverage(rawValue: row["coverage"]),
            let status = PointStatus(rawValue: row["status"])
        else { throw unreadable("camera_point", text) }
        var point = CameraPoint(
            id: id, gbCode: code, name: row["name"], accessMethod: method, sourceCategory: category, placeType: place,
            address: row["address"], township: row["township"], owner: row["owner"], leadDepartment: row["lead_department"],
            location: location(row), streams: streams)
        point.codeEdition = row["code_edition"]
        point.pointClass = pointClass
        point.placeConfirmation = row["place_confirmation"]
        point.coverage = coverage
        point.status = status
        point.originalLocation = originalLocation(row)
        readView(row, &point)
        readOrganisation(row, &point)
        return point
    }

    private static func readView(_ row: Row, _ point: inout CameraPoint) {
        point.installHeight = row["install_height"]
        point.azimuth = row["azimuth"]
        point.fieldOfView = row["field_of_view"]
        point.visibleRange = row["visible_range"]
        point.mount = (row["mount"] as Int?).flatMap(MountType.init(rawValue:))
        point.isIndoor = row["is_indoor"]
        point.supplementaryLight = (row["supplementary_light"] as Int?).flatMap(SupplementaryLight.init(rawValue:))
        point.manufacturer = row["manufacturer"]
        point.model = row["model"]
        point.macAddress = row["mac_address"]
    }

    private static func readOrganisation(_ row: Row, _ point: inout CameraPoint) {
        point.intermediary = (row["intermediary_id"] as String?).flatMap(IntermediaryID.init(rawValue:))
        point.channel = row["channel"]
        point.securityCompany = (row["security_company_id"] as String?).flatMap(SecurityCompanyID.init(rawValue:))
        point.dataRight = row["data_right"]
        point.dataRightExpiresOn = day(row["data_right_expires_on"])
        point.ownerContact = row["owner_contact"]
        point.maintainer = row["maintainer"]
        point.recorderPlace = row["recorder_place"]
        point.recordSaveDays = row["record_save_days"]
        point.filingNumber = row["filing_number"]
        point.filedOn = day(row["filed_on"])
        point.installedOn = day(row["installed_on"])
        point.osdName = row["osd_name"]
        point.hasSignage = row["has_signage"]
        point.carriesAudio = row["carries_audio"]
    }

    private static func location(_ row: Row) -> GeoPoint? {
        guard let longitude: Double = row["longitude"], let latitude: Double = row["latitude"] else { return nil }
        return GeoPoint(longitude: longitude, latitude: latitude)
    }

    private static func originalLocation(_ row: Row) -> OriginalLocation? {
        guard let longitude: Double = row["original_longitude"], let latitude: Double = row["original_latitude"],
            let name: String = row["original_datum"], let datum = Datum(rawValue: name)
        else { return nil }
        return OriginalLocation(longitude: longitude, latitude: latitude, datum: datum)
    }

    static func day(_ text: String?) -> CalendarDay? { text.flatMap { CalendarDay($0) } }

    static func streamValues(_ stream: CameraStream, of id: CameraPointID) -> StatementArguments {
        [
            id.rawValue, stream.role.rawValue, stream.url.unredacted, stream.transport.rawValue, stream.codec?.rawValue,
            stream.width, stream.height, stream.frameRate, stream.bitRateKbps, stream.credentials.map { Data($0.bytes) },
            stream.pin.map { Data($0.digest) },
        ]
    }

    static func stream(_ row: Row) throws -> CameraStream {
        guard let role = StreamRole(rawValue: row["role"]), case .success(let (url, _)) = StreamURL.parse(row["url"]),
            let transport = TransportChoice(rawValue: row["transport"])
        else { throw unreadable("camera_stream", row["camera_point_id"]) }
        return CameraStream(
            role: role, url: url, transport: transport,
            pin: (row["certificate_pin"] as Data?).flatMap { CertificatePin(digest: Array($0)) },
            codec: (row["codec"] as String?).flatMap(VideoCodec.init(rawValue:)),
            width: row["width"], height: row["height"], frameRate: row["frame_rate"], bitRateKbps: row["bit_rate_kbps"],
            credentials: (row["credentials"] as Data?).map { SealedCredentials(bytes: Array($0)) })
    }

    static func unreadable(_ table: String, _ id: String) -> GatewayError {
        GatewayError(
            .failed, "rowUnreadable", "数据库表 \(table) 中 \(id) 的记录读不懂", remedy: "从备份恢复,并报告开发者",
            details: ["table": table, "id": id])
    }
}
