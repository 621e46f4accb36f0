import GatewayCore

extension PointColumns {
    static let identity: [Column] = [
        Column(
            "设备编码", aliases: ["国标编码", "设备编号", "点位编码"], .everyone,
            read: { (draft, text) throws(CellFault) in draft.point.gbCode = try cameraCode(text) },
            write: { $0.point.gbCode.digits }),
        Column(
            "编码规则版本",
            read: { (draft, text) throws(CellFault) in draft.point.codeEdition = try CellRule.text(text, limit: 20) },
            write: { $0.point.codeEdition }),
        mandatoryText("点位名称", aliases: ["设备名称", "监控点名称"], at: \.name),
        Column(
            "接入方式", .everyone,
            read: { (draft, text) throws(CellFault) in
                guard let method = AccessMethod.named(text) else {
                    throw CellFault(
                        "accessMethodUnknown", "未知的接入方式",
                        "填写其中之一:" + AccessMethod.allCases.map(\.chineseName).joined(separator: "、"))
                }
                draft.point.accessMethod = method
            },
            write: { $0.point.accessMethod.chineseName }),
        Column(
            "来源类别", .everyone,
            read: { (draft, text) throws(CellFault) in
                guard let category = SourceCategory.named(text) else {
                    throw CellFault(
                        "sourceCategoryUnknown", "未知的来源类别",
                        "填写其中之一:" + SourceCategory.allCases.map(\.chineseName).joined(separator: "、"))
                }
                draft.point.sourceCategory = category
            },
            write: { $0.point.sourceCategory.chineseName }),
        term("点位类型", named: { PointClass.named($0) }, at: \.pointClass),
        Column(
            "场所类型", .everyone,
            read: { (draft, text) throws(CellFault) in
                guard let place = PlaceType.named(text) else {
                    throw CellFault(
                        "placeTypeUnknown", "未知的场所类型",
                        "填写其中之一:"
                            + PlaceType.allCases.filter { !$0.isBanned }.map(\.chineseName).joined(separator: "、"))
                }
                draft.point.placeType = place
                guard !place.isBanned else {
                    throw CellFault(
                        "placeTypeBanned", "「\(place.chineseName)」禁止安装图像采集设备,依据\(PlaceType.article)",
                        "不得登记;已安装的须拆除并报公安机关")
                }
            },
            write: { $0.point.placeType.chineseName }),
        optionalText("场所确认", at: \.placeConfirmation),
        term("覆盖范围", named: { Coverage.named($0) }, at: \.coverage),
    ]

    /// - Throws: every way in which a cell is not the code of a camera; the text for spreadsheet numbers is prescribed.
    static func cameraCode(_ text: String) throws(CellFault) -> GBCode {
        let code = try code(text)
        guard code.isCamera else {
            throw CellFault("gbCodeNotCamera", "第 11–13 位是 \(code.type),不是摄像机", "摄像机为 131,网络摄像机为 132")
        }
        return code
    }

    static func code(_ text: String) throws(CellFault) -> GBCode {
        switch GBCode.parse(text) {
        case .success(let code): return code
        case .failure(.spreadsheetNumber):
            throw CellFault("spreadsheetNumber", "编码被Excel改成数字,请将该列设为文本或使用模板", "从原始资料重新填写 20 位编码")
        case .failure(.length(let count)):
            throw CellFault("gbCodeMalformed", "编码是 \(count) 位,应为 20 位", "按 GB/T 28181 填写 20 位数字编码")
        case .failure(.character):
            throw CellFault("gbCodeMalformed", "编码含有数字以外的字符", "按 GB/T 28181 填写 20 位数字编码")
        case .failure(.province):
            throw CellFault("gbCodeMalformed", "编码前两位不是省级行政区划代码", "南部县的编码以 511321 开头")
        }
    }

    static let place: [Column] = [
        mandatoryText("详细地址", aliases: ["安装地址", "地址"], at: \.address),
        mandatoryText("行政区划", aliases: ["乡镇街道", "所属乡镇"], at: \.township),
        Column(
            "经度", .init(allowed: Set(AccessMethod.allCases), mandatory: Column.Presence.streamed),
            read: { (draft, text) throws(CellFault) in draft.longitude = try coordinate(text) },
            write: { CellRule.written($0.longitude) }),
        Column(
            "纬度", .init(allowed: Set(AccessMethod.allCases), mandatory: Column.Presence.streamed),
            read: { (draft, text) throws(CellFault) in draft.latitude = try coordinate(text) },
            write: { CellRule.written($0.latitude) }),
        Column(
            "坐标系",
            read: { (draft, text) throws(CellFault) in
                let name = text.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
                guard let datum = Datum(rawValue: name) else {
                    throw CellFault("datumUnknown", "未知的坐标系", "填写 WGS84、GCJ02(高德、腾讯)或 BD09(百度)")
                }
                draft.datum = datum
            },
            write: { $0.datum?.rawValue.uppercased() ?? "" }),
    ]

    private static func coordinate(_ text: String) throws(CellFault) -> Double {
        guard let value = Double(text), value.isFinite else {
            throw CellFault("coordinateMalformed", "不是十进制的度", "写成 106.0612 这样的数,不要度分秒")
        }
        return value
    }

    static let view: [Column] = [
        optionalNumber("安装高度", 0...500, unit: "米", at: \.installHeight),
        Column(
            "方位角",
            read: { (draft, text) throws(CellFault) in
                let degrees = try CellRule.number(text, 0...360, unit: "度(正北为 0,顺时针)")
                draft.point.azimuth = degrees == 360 ? 0 : degrees
            },
            write: { CellRule.written($0.point.azimuth) }),
        optionalNumber("视场角", 1...360, unit: "度", at: \.fieldOfView),
        optionalNumber("可视距离", 1...5_000, unit: "米", at: \.visibleRange),
        optionalTerm("摄像机类型", named: { MountType.named($0) }, at: \.mount),
        optionalFlag("室内外", yes: "室内", no: "室外", at: \.isIndoor),
        optionalTerm("补光", named: { SupplementaryLight.named($0) }, at: \.supplementaryLight),
        optionalText("厂商", aliases: ["设备厂商"], at: \.manufacturer),
        optionalText("型号", aliases: ["设备型号"], at: \.model),
        Column(
            "MAC地址",
            read: { (draft, text) throws(CellFault) in
                let digits = text.lowercased().filter { $0 != ":" && $0 != "-" && $0 != "." }
                guard digits.count == 12, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                    throw CellFault("macMalformed", "不是 MAC 地址", "写成 00:1a:2b:3c:4d:5e")
                }
                var rest = digits[...]
                var pairs: [Substring] = []
                while !rest.isEmpty {
                    pairs.append(rest.prefix(2))
                    rest = rest.dropFirst(2)
                }
                draft.point.macAddress = pairs.joined(separator: ":")
            },
            write: { $0.point.macAddress ?? "" }),
    ]
}
