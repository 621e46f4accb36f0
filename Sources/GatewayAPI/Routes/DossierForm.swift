import CameraRegistry
import GatewayCore

/// A dossier or a change of one, as JSON, turned into the cells of an inventory row: what a client writes is held to the
/// same rules as what a file says, because it goes through the same reader.
struct DossierForm: Sendable {
    /// Text by header; an empty text clears.
    private(set) var cells: [String: String] = [:]
    /// Member of the JSON by header, to name it in a fault.
    private(set) var members: [String: String] = [:]

    /// - Throws: ``GatewayError`` `fieldUnknown` or `fieldInvalid`, naming the field.
    init(_ values: [String: FormValue]) throws(GatewayError) {
        for (member, value) in values {
            switch member {
            case "location": try readLocation(value)
            case "streams": try readStreams(value)
            case "isIndoor": try set("室内外", member, value.cell(yes: "室内", no: "室外"))
            case "hasSignage": try set("提示标识", member, value.cell(yes: "有", no: "无"))
            case "carriesAudio": try set("音频", member, value.cell(yes: "是", no: "否"))
            default:
                guard let header = Self.headers[member] else {
                    throw GatewayError(
                        .invalid, "fieldUnknown", "没有「\(member.prefix(60))」这个字段。", remedy: "请核对字段名。",
                        details: ["field": String(member.prefix(60))])
                }
                try set(header, member, value.cell())
            }
        }
    }

    func member(of header: String?) -> String? { header.flatMap { members[$0] } }

    private mutating func set(_ header: String, _ member: String, _ cell: String?) throws(GatewayError) {
        guard let cell else {
            throw GatewayError(
                .invalid, "fieldInvalid", "字段「\(member)」应为文字或数字。", remedy: "请更正该字段后重试。", details: ["field": member])
        }
        cells[header] = cell
        members[header] = member
    }

    private mutating func readLocation(_ value: FormValue) throws(GatewayError) {
        var parts: [String: FormValue] = [:]
        switch value {
        case .empty: parts = ["longitude": .empty, "latitude": .empty, "datum": .empty]
        case .object(let object): parts = object
        default: throw GatewayError(.invalid, "fieldInvalid", "字段「location」应为对象。", details: ["field": "location"])
        }
        try set("经度", "location.longitude", (parts["longitude"] ?? .empty).cell())
        try set("纬度", "location.latitude", (parts["latitude"] ?? .empty).cell())
        try set("坐标系", "location.datum", (parts["datum"] ?? .empty).cell())
    }

    private mutating func readStreams(_ value: FormValue) throws(GatewayError) {
        guard case .list(let streams) = value else {
            throw GatewayError(.invalid, "fieldInvalid", "字段「streams」应为数组。", details: ["field": "streams"])
        }
        let known = ["role", "url", "codec", "width", "height", "frameRate", "bitRateKbps", "transport", "certificatePin"]
        for role in StreamRole.allCases {
            let name = role == .main ? "主码流" : "子码流"
            let stream = streams.first { $0["role"]?.cell() == role.rawValue } ?? [:]
            if let foreign = stream.keys.first(where: { !known.contains($0) }) {
                throw GatewayError(
                    .invalid, "fieldUnknown", "没有「streams.\(foreign.prefix(60))」这个字段。", remedy: "请核对字段名。",
                    details: ["field": "streams.\(foreign.prefix(60))"])
            }
            try set("\(name)地址", "streams.\(role.rawValue).url", (stream["url"] ?? .empty).cell())
            try set("\(name)编码", "streams.\(role.rawValue).codec", (stream["codec"] ?? .empty).cell())
            let size = [stream["width"], stream["height"]].compactMap { $0?.cell() }.filter { !$0.isEmpty }
            try set("\(name)分辨率", "streams.\(role.rawValue).width", size.joined(separator: "x"))
            try set("\(name)帧率", "streams.\(role.rawValue).frameRate", (stream["frameRate"] ?? .empty).cell())
            try set("\(name)码率", "streams.\(role.rawValue).bitRateKbps", (stream["bitRateKbps"] ?? .empty).cell())
            try set("\(name)传输方式", "streams.\(role.rawValue).transport", (stream["transport"] ?? .empty).cell())
            try set("\(name)证书指纹", "streams.\(role.rawValue).certificatePin", (stream["certificatePin"] ?? .empty).cell())
        }
    }

    private static let headers = [
        "gbCode": "设备编码", "codeEdition": "编码规则版本", "name": "点位名称", "accessMethod": "接入方式", "sourceCategory": "来源类别",
        "pointClass": "点位类型", "placeType": "场所类型", "placeConfirmation": "场所确认", "coverage": "覆盖范围", "address": "详细地址",
        "township": "行政区划", "installHeight": "安装高度", "azimuth": "方位角", "fieldOfView": "视场角", "visibleRange": "可视距离",
        "mount": "摄像机类型", "supplementaryLight": "补光", "manufacturer": "厂商", "model": "型号", "macAddress": "MAC地址",
        "intermediary": "接入中介", "channel": "通道号", "securityCompany": "安防公司", "dataRight": "数据授权",
        "dataRightExpiresOn": "授权到期", "owner": "权属单位", "ownerContact": "联系电话", "leadDepartment": "牵头责任单位",
        "maintainer": "运维单位", "recorderPlace": "录像设备位置", "recordSaveDays": "录像保存天数", "filingNumber": "备案编号",
        "filedOn": "备案日期", "installedOn": "安装日期", "osdName": "OSD名称", "status": "设备状态",
    ]
}
