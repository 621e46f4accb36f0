import CameraRegistry
import GatewayCore
import Testing

struct PointFileTests {
    @Test func aGoodRowIsRead() throws {
        let file = InventorySample.read(InventorySample.file(["主码流地址": "rtsp://u:p%40ss@198.51.100.7/live"]))
        #expect(file.faults.isEmpty)
        let draft = try #require(file.drafts.first)
        #expect(draft.point.gbCode.digits == "51132100001320000017")
        #expect(draft.point.location == GeoPoint(longitude: 106.0612, latitude: 31.3502))
        #expect(draft.point.stream(.main)?.url.description == "rtsp://198.51.100.7/live")
        #expect(draft.credentials[.main] == StreamCredentials(username: "u", password: "p@ss"))
    }

    /// What the issue lists: each refused with its reason, at its line and column.
    @Test(
        arguments: [
            ("设备编码", "5113210000132000001", "gbCodeMalformed"), ("设备编码", "5113210000132000001X", "gbCodeMalformed"),
            ("设备编码", "99132100001320000017", "gbCodeMalformed"), ("设备编码", "51132100001180000017", "gbCodeNotCamera"),
            ("设备编码", "5.11321E+19", "spreadsheetNumber"), ("设备编码", "51132100001320000000", "spreadsheetNumber"),
            ("经度", "206.06", "coordinateOutOfRange"), ("纬度", "-31.35", "coordinateOutOfRange"),
            ("经度", "106°3'", "coordinateMalformed"),
            ("经度", "nan", "coordinateMalformed"), ("坐标系", "北京54", "datumUnknown"), ("接入方式", "无线接入", "accessMethodUnknown"),
            ("接入方式", "间接接入", "accessMethodMismatch"), ("来源类别", "不知道", "sourceCategoryUnknown"),
            ("场所类型", "更衣室", "placeTypeBanned"), ("场所类型", "宾馆客房", "placeTypeBanned"), ("场所类型", "月球", "placeTypeUnknown"),
            ("主码流地址", "ftp://198.51.100.7/live", "streamScheme"), ("主码流地址", "file:///etc/passwd", "streamScheme"),
            ("主码流地址", "198.51.100.7/live", "streamScheme"), ("主码流地址", "rtsp://198.51.100.7:99999/live", "streamURLMalformed"),
            ("主码流地址", "", "cellMissing"), ("点位名称", "", "cellMissing"), ("点位名称", "招待所卫生间", "placeNeedsConfirmation"),
            ("详细地址", "某酒店客房走廊", "placeNeedsConfirmation"), ("录像保存天数", "三十", "numberOutOfRange"),
        ])
    func badCellIsRefused(header: String, cell: String, reason: String) throws {
        let good = ["设备编码": "51132100001320000018"]
        let file = InventorySample.read(InventorySample.file(rows: [good, [header: cell]]))
        let fault = try #require(file.faults.first { $0.severity == .error })
        #expect(fault.reason == reason)
        #expect(fault.line == 3)
        #expect(fault.header == header)
        #expect(fault.column == 1 + (InventorySample.direct.firstIndex { $0.header == header } ?? -1))
        #expect(!fault.remedy.isEmpty)
        #expect(file.drafts.map(\.point.gbCode.digits) == ["51132100001320000018"], "the good row is not lost")
    }

    @Test(arguments: [
        "rtmp://198.51.100.7/live/1", "http://198.51.100.7/live.flv", "https://198.51.100.7/a.m3u8",
        "http://198.51.100.7/video.mjpg",
    ])
    func addressThatIsNotRTSPIsTaken(address: String) throws {
        let file = InventorySample.read(InventorySample.file(rows: [["主码流地址": address]]))
        #expect(file.faults.allSatisfy { $0.severity != .error })
        #expect(file.drafts.first?.point.streams.first { $0.role == .main }?.url.unredacted == address)
    }

    @Test(arguments: [("是", true), ("否", false), ("", nil)] as [(String, Bool?)])
    func `sound is carried where the file says so`(cell: String, carried: Bool?) {
        let file = InventorySample.read(InventorySample.file(["音频": cell]))
        #expect(file.faults.isEmpty)
        #expect(file.drafts.first?.point.carriesAudio == carried)
    }

    @Test func `anything but yes or no is refused`() {
        let file = InventorySample.read(InventorySample.file(["音频": "有"]))
        #expect(file.faults.map(\.reason) == ["termUnknown"])
    }

    private static let fingerprint = [String](repeating: "AB", count: 32).joined(separator: ":")

    @Test(
        arguments: [
            ("", .automatic), ("自动", .automatic), ("TCP", .tcp), ("udp", .udp), ("HTTP", .http),
        ] as [(String, TransportChoice)])
    func `a transport is read and written`(cell: String, choice: TransportChoice) throws {
        let file = InventorySample.read(InventorySample.file(["主码流传输方式": cell]))
        #expect(file.faults.isEmpty)
        let draft = try #require(file.drafts.first)
        #expect(draft.point.stream(.main)?.transport == choice)
        let column = try #require(PointColumns.all.first { $0.header == "主码流传输方式" })
        #expect(column.write(draft) == (choice == .automatic ? "" : cell.uppercased()))
    }

    @Test func `an encrypted camera has its fingerprint`() throws {
        let file = InventorySample.read(
            InventorySample.file(["主码流地址": "rtsps://198.51.100.7/live", "主码流证书指纹": Self.fingerprint.lowercased()]))
        #expect(file.faults.isEmpty)
        let stream = try #require(file.drafts.first?.point.stream(.main))
        #expect(stream.url.scheme == .rtsps && stream.url.port == 322)
        #expect(stream.pin?.description == Self.fingerprint)
    }

    @Test(
        arguments: [
            ("rtsp://198.51.100.7/live", "主码流传输方式", "卫星", "transportUnknown"),
            ("http://198.51.100.7/live.flv", "主码流传输方式", "UDP", "transportNotApplicable"),
            ("rtsps://198.51.100.7/live", "主码流传输方式", "UDP", "transportEncrypted"),
            ("rtsps://198.51.100.7/live", "主码流证书指纹", "AB:CD", "pinMalformed"),
            ("rtsp://198.51.100.7/live", "主码流证书指纹", fingerprint, "pinWithoutCertificate"),
        ])
    func `what an address cannot carry is refused in its place`(address: String, header: String, cell: String, reason: String) {
        let file = InventorySample.read(InventorySample.file(["主码流地址": address, header: cell]))
        #expect(file.faults.map(\.reason) == [reason])
        #expect(file.faults.first?.header == header && file.faults.first?.line == 2)
        #expect(file.faults.first?.remedy.isEmpty == false)
    }

    @Test func spreadsheetNumberIsSaidInThePrescribedWords() {
        for cell in ["5.11321E+19", "51132100001320000000", "5.11321e19", "51132100001320000000.00"] {
            let file = InventorySample.read(InventorySample.file(["设备编码": cell]))
            #expect(file.faults.map(\.message) == ["编码被Excel改成数字,请将该列设为文本或使用模板"], "\(cell)")
            #expect(file.codes.isEmpty)
        }
    }

    @Test func bannedPlaceCitesTheArticle() {
        let file = InventorySample.read(InventorySample.file(["场所类型": "浴室"]))
        #expect(file.faults.first?.message.contains("第799号") == true)
        #expect(file.faults.first?.message.contains("第八条") == true)
    }

    @Test func everyFaultIsReported() {
        let file = InventorySample.read(
            InventorySample.file(rows: [["设备编码": "1", "经度": "300"], ["设备编码": "51132100001320000018", "来源类别": "?"]]))
        let errors = file.faults.filter { $0.severity == .error }
        #expect(errors.map(\.reason) == ["gbCodeMalformed", "coordinateOutOfRange", "sourceCategoryUnknown"])
        #expect(errors.map(\.line) == [2, 2, 3])
        #expect(file.drafts.isEmpty)
    }

    @Test func confirmedSuspicionIsTaken() {
        let file = InventorySample.read(InventorySample.file(["点位名称": "公共卫生间外道路", "场所确认": "张示例:镜头不朝门内"]))
        #expect(file.faults.isEmpty)
    }

    @Test func doubledCodeNamesTheOtherLine() {
        let file = InventorySample.read(
            InventorySample.file(rows: [[:], ["主码流地址": "rtsp://198.51.100.8/a"], ["设备编码": "51132100001320000018"]]))
        #expect(file.faults.filter { $0.severity == .error }.map(\.reason) == ["gbCodeDoubled"])
        #expect(file.faults.first?.line == 3)
        #expect(file.faults.first?.message.contains("第 2 行") == true)
    }

    @Test func missingMandatoryColumnIsNamed() {
        let file = InventorySample.read(InventorySample.file(without: ["牵头责任单位", "主码流地址"]))
        #expect(file.faults.filter { $0.reason == "columnMissing" }.compactMap(\.header).sorted() == ["主码流地址", "牵头责任单位"])
        #expect(file.hasErrors)
    }

    @Test func unknownColumnIsOnlyAWarning() {
        let file = InventorySample.read(InventorySample.file(["备注二": "x"]))
        #expect(file.faults.map(\.reason) == ["columnUnknown"])
        #expect(!file.hasErrors)
        #expect(file.drafts.count == 1)
    }

    @Test func shortRetentionWarns() {
        let file = InventorySample.read(InventorySample.file(["录像保存天数": "29"]))
        #expect(file.faults.map(\.reason) == ["recordSaveDaysShort"])
        #expect(file.drafts.count == 1)
    }

    @Test func noFaultQuotesACredential() {
        for address in [
            "ftp://canary-user:canary-pass@198.51.100.7/", "canary-user:canary-pass@rtsp://198.51.100.7/",
            "rtsp://canary-user:canary-pass@198.51.100.7:0/", "rtsp://canary-user:canary pass@198.51.100.7/",
        ] {
            let file = InventorySample.read(InventorySample.file(["主码流地址": address]))
            #expect(file.hasErrors)
            #expect(!file.faults.contains { "\($0)".contains("canary") }, "\(file.faults)")
        }
    }

    @Test func spreadsheetsTrimmingsAreTaken() {
        let plain = InventorySample.file()
        let text = String(decoding: plain, as: UTF8.self)
        let variants: [(String, [UInt8])] = [
            ("BOM", [0xEF, 0xBB, 0xBF] + plain), ("CR LF", Array(text.replacing("\n", with: "\r\n").utf8)),
            ("CR", Array(text.replacing("\n", with: "\r").utf8)),
            ("trailing empty columns", Array(text.replacing("\n", with: ",,,\n").utf8) + Array(",,,\n,,,,,\n".utf8)),
            ("text formula", Array(text.replacing("51132100001320000017", with: "=\"51132100001320000017\"").utf8)),
            ("apostrophe", Array(text.replacing("51132100001320000017", with: "'51132100001320000017").utf8)),
            ("tabs", Array(text.replacing(",", with: "\t").utf8)),
            ("stars", Array(text.replacing("点位名称", with: "点位名称*").utf8)),
        ]
        for (name, bytes) in variants {
            let file = InventorySample.read(bytes)
            #expect(file.faults.isEmpty, "\(name): \(file.faults)")
            #expect(file.drafts.map(\.point).map(\.gbCode.digits) == ["51132100001320000017"], "\(name)")
        }
    }

    @Test func gb18030IsTaken() throws {
        let text = String(decoding: InventorySample.file(["点位名称": "琚家沟㐂路口"]), as: UTF8.self)
        let bytes = try GB18030.fromUTF8(text).get()
        #expect(String(validating: bytes, as: UTF8.self) == nil)
        let file = InventorySample.read(bytes)
        #expect(file.faults.isEmpty)
        #expect(file.drafts.first?.point.name == "琚家沟㐂路口")
    }

    @Test func whatIsNoTextIsRefusedWithARemedy() {
        for bytes: [UInt8] in [
            [0x50, 0x4B, 3, 4, 0, 0], [0xFF, 0xFE, 0x41, 0], Array("a,b\n1,".utf8) + [0xFF, 0xFF, 0xFF], [0, 1, 2], [],
            Array("\n\n,,\n".utf8),
        ] {
            let file = InventorySample.read(bytes)
            #expect(file.hasErrors)
            #expect(file.drafts.isEmpty)
            #expect(file.faults.allSatisfy { !$0.remedy.isEmpty && $0.line >= 1 })
        }
    }

    @Test func brokenBytesAreReportedAtTheirLine() {
        let file = InventorySample.read(Array("a,b\nc,d\ne,".utf8) + [0x81, 0xFF])
        #expect(file.faults.first?.reason == "encodingBroken")
        #expect(file.faults.first?.line == 3)
    }

    /// Whatever a file is cut to or spoilt into: faults, not a trap.
    @Test func nothingTraps() throws {
        let whole = InventorySample.file(["点位名称": "\"引号\",和\n换行"], rows: [[:], ["设备编码": "5.11321E+19"]])
        for end in 0...whole.count { _ = InventorySample.read(Array(whole[..<end])) }
        let chinese = try GB18030.fromUTF8(String(decoding: whole, as: UTF8.self)).get()
        for end in 0...chinese.count { _ = InventorySample.read(Array(chinese[..<end])) }
        var generator = SeededGenerator(state: 511_321)
        for _ in 0..<3_000 {
            var bytes = Bool.random(using: &generator) ? whole : chinese
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] =
                    Bool.random(using: &generator)
                    ? .random(in: 0...255, using: &generator)
                    : [0x22, 0x2C, 0x0A, 0x0D, 0x3D].randomElement(using: &generator) ?? 0
            }
            _ = InventorySample.read(bytes, AccessMethod.allCases.randomElement(using: &generator) ?? .direct)
        }
    }
}

/// SplitMix64: the same numbers on each run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
