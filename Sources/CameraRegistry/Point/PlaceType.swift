/// What kind of place a camera stands in (场所类型), allowed and banned.
///
/// Banned are the places of article 8 of the Regulations on the Administration of Public Security Video Image
/// Information Systems (State Council Order 799, in force 2025-04-01): a point of such a type is refused at registration.
package enum PlaceType: String, Sendable, Hashable, Codable, CaseIterable {
    case street, crossing, bridge, square, park, station, dock, parking, gate, corridor, lift
    case school, hospital, market, bank, office, community, internetCafe, shop, hotelLobby
    case petrolStation, factory, warehouse, reservoir, scenicSpot, construction, village, otherPublic
    case hotelRoom, privateBox, studentDormitory, staffRestRoom, bathroom, toilet, changingRoom, nursingRoom, fittingRoom
    case otherPrivacy

    package var chineseName: String { Self.names[self] ?? rawValue }

    /// Article 8 of Order 799 forbids image capture there.
    package var isBanned: Bool {
        switch self {
        case .hotelRoom, .privateBox, .studentDormitory, .staffRestRoom, .bathroom, .toilet, .changingRoom, .nursingRoom,
            .fittingRoom, .otherPrivacy:
            true
        default: false
        }
    }

    /// The article as a refusal cites it.
    package static let article = "《公共安全视频图像信息系统管理条例》(国务院令第799号)第八条"

    package static func named(_ text: String) -> PlaceType? { byName[text] ?? PlaceType(rawValue: text) }

    private static let names: [PlaceType: String] = [
        .street: "道路街面", .crossing: "路口", .bridge: "桥梁", .square: "广场", .park: "公园绿地", .station: "车站",
        .dock: "码头渡口", .parking: "停车场", .gate: "单位出入口", .corridor: "公共通道", .lift: "电梯轿厢",
        .school: "学校公共区域", .hospital: "医院公共区域", .market: "市场商圈", .bank: "银行营业场所", .office: "办事大厅",
        .community: "小区公共区域", .internetCafe: "网吧营业厅", .shop: "门市营业区", .hotelLobby: "旅馆大堂",
        .petrolStation: "加油站", .factory: "厂区", .warehouse: "仓库", .reservoir: "水库堤防", .scenicSpot: "旅游景区",
        .construction: "建筑工地", .village: "村社公共区域", .otherPublic: "其他公共场所",
        .hotelRoom: "旅馆客房", .privateBox: "包间包厢", .studentDormitory: "学生宿舍", .staffRestRoom: "职工休息室",
        .bathroom: "浴室", .toilet: "卫生间", .changingRoom: "更衣室", .nursingRoom: "哺乳室", .fittingRoom: "试衣间",
        .otherPrivacy: "其他涉及隐私场所",
    ]
    /// Names under which banned places turn up in other people's files.
    private static let synonyms: [String: PlaceType] = [
        "宾馆客房": .hotelRoom, "酒店客房": .hotelRoom, "客房": .hotelRoom, "包间": .privateBox, "包厢": .privateBox,
        "宿舍": .studentDormitory, "集体宿舍": .studentDormitory, "员工宿舍": .staffRestRoom, "员工休息室": .staffRestRoom,
        "公共浴室": .bathroom, "洗浴间": .bathroom, "厕所": .toilet, "公共厕所": .toilet, "洗手间": .toilet, "母婴室": .nursingRoom,
        "更衣间": .changingRoom, "哺乳间": .nursingRoom, "试衣室": .fittingRoom,
    ]
    private static let byName: [String: PlaceType] = {
        var table = synonyms
        for (type, name) in names { table[name] = type }
        return table
    }()
}
