import CameraRegistry
import GatewayCore
import Testing

struct InventoryTests {
    @Test func committedInventoryHolds158ValidPoints() throws {
        let inventory = Inventory(files: try InventorySample.committed())
        #expect(inventory.faults.isEmpty, "\(inventory.faults)")
        let counts = Dictionary(uniqueKeysWithValues: inventory.points.map { ($0.method, $0.drafts.count) })
        #expect(counts == [.direct: 62, .indirect: 41, .collection: 19, .securityCompany: 36])
        let points = inventory.points.flatMap(\.drafts).map(\.point)
        #expect(points.count == 158)
        #expect(Set(points.map(\.gbCode)).count == 158)
        #expect(Set(points.map(\.name)).count == 158)
        #expect(points.allSatisfy { $0.gbCode.county == "511321" })
        #expect(inventory.companies?.organisations.count == 3)
        #expect(Set(points.map(\.leadDepartment).filter { $0.hasPrefix("县") }).count == 10)
    }

    @Test func committedAddressesAreDocumentationAddresses() throws {
        let inventory = Inventory(files: try InventorySample.committed())
        let points = inventory.points.flatMap(\.drafts).map(\.point)
        let hosts = points.flatMap(\.streams).map(\.url.host)
        #expect(hosts.allSatisfy { $0.hasPrefix("198.51.100.") || $0.hasPrefix("203.0.113.") })
        #expect(points.filter(\.isLiveCapable).count == 139)
        let centre = try #require(GeoPoint(longitude: 106.06, latitude: 31.35))
        #expect(points.allSatisfy { ($0.location?.distance(to: centre) ?? 0) < 60_000 })
    }

    @Test func everyColumnIsDescribed() throws {
        let text = try InventorySample.readme()
        let headers =
            PointColumns.all.map(\.header) + IntermediaryColumns.all.map(\.header) + SecurityCompanyColumns.all.map(\.header)
        #expect(headers.filter { !text.contains("`\($0)`") } == [])
        #expect(PlaceType.allCases.map(\.chineseName).filter { !text.contains($0) } == [])
        #expect(SuspiciousWord.all.filter { !text.contains($0) } == [])
    }

    @Test func codeDoubledAcrossFilesIsRefusedInTheSecond() throws {
        let indirect = InventorySample.file(["接入方式": "间接接入", "接入中介": "甲", "通道号": "1"])
        let recorders = Array("中介名称,类型,主机地址,通道数,牵头责任单位\n甲,网络录像机,198.51.100.7,4,县公安局\n".utf8)
        let inventory = Inventory(files: [
            ("direct.csv", InventorySample.file()), ("indirect.csv", indirect), ("intermediaries.csv", recorders),
        ])
        #expect(inventory.faults.map(\.reason) == ["gbCodeDoubled"])
        #expect(inventory.faults.first?.file == "indirect.csv")
        #expect(inventory.faults.first?.message.contains("direct.csv 第 2 行") == true)
        #expect(inventory.points.map(\.drafts.count) == [1, 0])
    }

    @Test func organisationsMustBeKnown() {
        let changes = ["接入方式": "间接接入", "接入中介": "甲", "通道号": "5"]
        let missing = Inventory(files: [("indirect.csv", InventorySample.file(changes))])
        #expect(missing.faults.map(\.reason) == ["intermediaryUnknown"])
        let small = Array("中介名称,类型,主机地址,通道数,牵头责任单位\n甲,网络录像机,198.51.100.7,4,县公安局\n".utf8)
        let beyond = Inventory(files: [("indirect.csv", InventorySample.file(changes)), ("intermediaries.csv", small)])
        #expect(beyond.faults.map(\.reason) == ["channelOutOfRange"])
        let company = Inventory(files: [
            ("security-company.csv", InventorySample.file(["接入方式": "安防公司接入", "安防公司": "乙"]))
        ])
        #expect(company.faults.map(\.reason) == ["securityCompanyUnknown"])
    }

    @Test func codeOfAnotherMethodInTheRegistryIsRefused() throws {
        let stored = try #require(InventorySample.read(InventorySample.file()).drafts.first?.point)
        let file = InventorySample.file(["接入方式": "信息采集", "联系电话": "1", "录像设备位置": "店内"], without: ["主码流地址"])
        let inventory = Inventory(
            InventorySample.read(file, .collection), known: RegistrySnapshot(points: [stored.gbCode: stored]))
        #expect(inventory.faults.map(\.reason) == ["gbCodeDoubled"])
    }
}
