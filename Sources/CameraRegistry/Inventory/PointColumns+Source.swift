import GatewayCore

extension PointColumns {
    private static let streamedMethods = Column.Presence.streamed

    static let source: [Column] =
        [
            Column(
                "接入中介", aliases: ["录像机或平台"], .init(allowed: [.indirect], mandatory: [.indirect]),
                read: { (draft, text) throws(CellFault) in draft.intermediaryName = try CellRule.text(text) },
                write: { $0.intermediaryName ?? "" }),
            Column(
                "通道号", .init(allowed: [.indirect], mandatory: [.indirect]),
                read: { (draft, text) throws(CellFault) in draft.point.channel = try CellRule.whole(text, 1...9_999, unit: "号") },
                write: { CellRule.written($0.point.channel) }),
            Column(
                "安防公司", .init(allowed: [.securityCompany], mandatory: [.securityCompany]),
                read: { (draft, text) throws(CellFault) in draft.companyName = try CellRule.text(text) },
                write: { $0.companyName ?? "" }),
            optionalText("数据授权", presence: .init(allowed: [.securityCompany], mandatory: []), at: \.dataRight),
            optionalDay("授权到期", presence: .init(allowed: [.securityCompany], mandatory: []), at: \.dataRightExpiresOn),
        ] + stream(.main, "主码流") + stream(.sub, "子码流") + [
            optionalFlag(
                "音频", presence: .init(allowed: streamedMethods, mandatory: []), yes: "是", no: "否", at: \.carriesAudio)
        ]

    private static func stream(_ role: StreamRole, _ name: String) -> [Column] {
        let optional = Column.Presence(allowed: streamedMethods, mandatory: [])
        return [
            Column(
                "\(name)地址", .init(allowed: streamedMethods, mandatory: role == .main ? streamedMethods : []),
                read: { (draft, text) throws(CellFault) in try readAddress(text, role, into: &draft) },
                write: { $0.point.stream(role)?.url.unredacted ?? "" }),
            Column(
                "\(name)编码", optional,
                read: { (draft, text) throws(CellFault) in
                    let word = text.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
                    switch word {
                    case "H264", "AVC": draft.streamDetails[role, default: .init()].codec = .h264
                    case "H265", "HEVC": draft.streamDetails[role, default: .init()].codec = .h265
                    default: throw CellFault("codecUnknown", "未知的视频编码", "填写 H.264 或 H.265,不知道就留空")
                    }
                },
                write: { draft in draft.streamDetails[role]?.codec.map { $0 == .h264 ? "H.264" : "H.265" } ?? "" }),
            Column(
                "\(name)分辨率", optional,
                read: { (draft, text) throws(CellFault) in
                    let parts = text.lowercased().split(whereSeparator: { "x×*".contains($0) })
                    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
                        (1...16_384).contains(width), (1...16_384).contains(height)
                    else { throw CellFault("sizeMalformed", "不是分辨率", "写成 1920x1080,不知道就留空") }
                    draft.streamDetails[role, default: .init()].size = (width, height)
                },
                write: { draft in draft.streamDetails[role]?.size.map { "\($0.width)x\($0.height)" } ?? "" }),
            Column(
                "\(name)帧率", optional,
                read: { (draft, text) throws(CellFault) in
                    draft.streamDetails[role, default: .init()].frameRate = try CellRule.number(text, 0.1...240, unit: "帧每秒")
                },
                write: { CellRule.written($0.streamDetails[role]?.frameRate) }),
            Column(
                "\(name)码率", optional,
                read: { (draft, text) throws(CellFault) in
                    draft.streamDetails[role, default: .init()].bitRateKbps = try CellRule.whole(text, 1...200_000, unit: "kbit/s")
                },
                write: { CellRule.written($0.streamDetails[role]?.bitRateKbps) }),
        ] + carriage(role, name, optional)
    }

    private static let schemeRemedy = "填写以 rtsp://、rtsps://、rtmp:// 或 http:// 开头的地址;安防公司推流的写 push://中继名称"

    /// The address may carry a password, so no message quotes the cell.
    private static func readAddress(_ text: String, _ role: StreamRole, into draft: inout PointDraft) throws(CellFault) {
        switch StreamURL.parse(text) {
        case .success(let (url, credentials)):
            guard CameraPoint.schemes.contains(url.scheme) else {
                throw CellFault("streamScheme", "码流地址的协议是 \(url.scheme.rawValue),不能接入", schemeRemedy)
            }
            guard url.scheme != .push || credentials == nil && url.target == "/" else {
                throw CellFault("pushMalformed", "推流地址只写中继名称", "写成 push://中继名称(字母、数字、点、连字符),凭证登记后另行申请")
            }
            draft.point.streams.removeAll { $0.role == role }
            draft.point.streams.append(CameraStream(role: role, url: url))
            draft.credentials[role] = credentials
        case .failure(.scheme(let scheme)):
            let isWord = (1...12).contains(scheme.utf8.count) && scheme.utf8.allSatisfy { (0x61...0x7A).contains($0) }
            throw CellFault(
                "streamScheme", isWord ? "码流地址的协议是 \(scheme),不能接入" : "码流地址没有协议", schemeRemedy)
        case .failure(.host): throw CellFault("streamURLMalformed", "码流地址的主机名有误", "写成 rtsp://地址:端口/路径")
        case .failure(.port): throw CellFault("streamURLMalformed", "码流地址的端口不在 1 到 65535 之间", "写成 rtsp://地址:端口/路径")
        case .failure(.character): throw CellFault("streamURLMalformed", "码流地址含有空格或控制字符", "删除空格;密码里的空格写成 %20")
        case .failure(.tooLong): throw CellFault("streamURLMalformed", "码流地址超过 2048 字节", "核对地址")
        }
    }

    static let organisation: [Column] = [
        mandatoryText("权属单位", aliases: ["业主", "建设单位"], at: \.owner),
        optionalText(
            "联系电话", aliases: ["业主电话"], presence: .init(allowed: Set(AccessMethod.allCases), mandatory: [.collection]),
            at: \.ownerContact),
        mandatoryText("牵头责任单位", aliases: ["责任单位"], at: \.leadDepartment),
        optionalText("运维单位", at: \.maintainer),
    ]

    static let record: [Column] = [
        optionalText("录像设备位置", presence: .init(allowed: [.collection], mandatory: [.collection]), at: \.recorderPlace),
        Column(
            "录像保存天数", .init(allowed: Set(AccessMethod.allCases), mandatory: [.collection]),
            read: { (draft, text) throws(CellFault) in
                draft.point.recordSaveDays = try CellRule.whole(text, 0...3_650, unit: "天")
            },
            write: { CellRule.written($0.point.recordSaveDays) }),
        optionalText("备案编号", at: \.filingNumber),
        optionalDay("备案日期", at: \.filedOn),
        optionalDay("安装日期", at: \.installedOn),
        optionalText("OSD名称", at: \.osdName),
        optionalFlag("提示标识", yes: "有", no: "无", at: \.hasSignage),
        term("设备状态", named: { PointStatus.named($0) }, at: \.status),
    ]
}
