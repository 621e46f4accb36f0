import CameraRegistry
import Crypto
import GatewayCore
import Testing

struct InventoryMergeTests {
    let vault = CredentialVault(key: SymmetricKey(size: .bits256))

    private func drafts(_ changes: [String: String] = [:], without: Set<String> = []) -> [PointDraft] {
        InventorySample.read(InventorySample.file(changes, without: without)).drafts
    }

    private func stored(_ changes: RegistryChanges) -> RegistrySnapshot {
        RegistrySnapshot(
            points: Dictionary((changes.inserted + changes.replaced).map { ($0.gbCode, $0) }, uniquingKeysWith: { $1 }))
    }

    @Test func secondMergeChangesNothing() throws {
        let merge = InventoryMerge(vault: vault)
        let drafts = drafts(["主码流地址": "rtsp://u:p@198.51.100.7/live"])
        let first = try merge.points(drafts, into: RegistrySnapshot())
        #expect(first.inserted.count == 1)
        let second = try merge.points(drafts, into: stored(first))
        #expect(second.counts == .init(inserted: 0, changed: 0, unchanged: 1, organisations: 0))
    }

    @Test func pointsNeverHoldPlainCredentials() throws {
        let changes = try InventoryMerge(vault: vault).points(
            drafts(["主码流地址": "rtsp://canary-user:canary-pass@198.51.100.7/live"]), into: RegistrySnapshot())
        let point = try #require(changes.inserted.first)
        let sealed = try #require(point.stream(.main)?.credentials)
        #expect(!"\(changes)".contains("canary"))
        #expect(!String(decoding: sealed.bytes, as: UTF8.self).contains("canary"))
        let plain = try vault.open(sealed, of: FeedID(cameraPoint: point.id))
        #expect(plain == StreamCredentials(username: "canary-user", password: "canary-pass"))
    }

    @Test func credentialsStayWithTheirHost() throws {
        let merge = InventoryMerge(vault: vault)
        let first = try merge.points(drafts(["主码流地址": "rtsp://u:p@198.51.100.7/live"]), into: RegistrySnapshot())
        let same = try merge.points(drafts(["主码流地址": "rtsp://198.51.100.7/other"]), into: stored(first))
        #expect(same.replaced.first?.stream(.main)?.credentials == first.inserted.first?.stream(.main)?.credentials)
        for other in ["rtsp://198.51.100.8/live", "rtsp://198.51.100.7:8554/live"] {
            let moved = try merge.points(drafts(["主码流地址": other]), into: stored(first))
            #expect(moved.replaced.count == 1)
            #expect(moved.replaced.first?.stream(.main)?.credentials == nil, "\(other)")
        }
    }

    @Test func absentColumnKeepsAndEmptyCellClears() throws {
        let merge = InventoryMerge(vault: vault)
        let first = try merge.points(
            drafts(["厂商": "示例", "子码流地址": "rtsp://198.51.100.7/sub", "子码流编码": "H.265"]), into: RegistrySnapshot())
        let kept = try merge.points(drafts(), into: stored(first))
        #expect(kept.counts.unchanged == 1)
        let cleared = try merge.points(drafts(["厂商": "", "子码流地址": ""]), into: stored(first))
        #expect(cleared.replaced.first?.manufacturer == nil)
        #expect(cleared.replaced.first?.streams.count == 1)
    }

    @Test func `a fingerprint stays with its camera`() throws {
        let merge = InventoryMerge(vault: vault)
        let first = try merge.points(
            drafts([
                "主码流地址": "rtsps://198.51.100.7/live", "主码流传输方式": "TCP",
                "主码流证书指纹": String(repeating: "ab", count: 32),
            ]), into: RegistrySnapshot())
        let pin = try #require(first.inserted.first?.stream(.main)?.pin)
        let kept = try merge.points(drafts(["主码流地址": "rtsps://198.51.100.7/other"]), into: stored(first))
        #expect(kept.replaced.first?.stream(.main)?.pin == pin)
        #expect(kept.replaced.first?.stream(.main)?.transport == .tcp)
        let cleared = try merge.points(
            drafts(["主码流地址": "rtsps://198.51.100.7/live", "主码流证书指纹": ""]), into: stored(first))
        #expect(cleared.replaced.first?.stream(.main)?.pin == nil)
        for other in ["rtsps://198.51.100.8/live", "rtsp://198.51.100.7/live", "http://198.51.100.7/live.flv"] {
            let moved = try merge.points(drafts(["主码流地址": other]), into: stored(first))
            let stream = moved.replaced.first?.stream(.main)
            #expect(stream?.pin == nil && stream?.transport == .automatic, "\(other)")
        }
    }

    @Test func identityOutlivesTheName() throws {
        let merge = InventoryMerge(vault: vault)
        let first = try merge.points(drafts(), into: RegistrySnapshot())
        let renamed = try merge.points(drafts(["点位名称": "新名"]), into: stored(first))
        #expect(renamed.replaced.first?.id == first.inserted.first?.id)
        #expect(renamed.replaced.first?.name == "新名")
    }

    /// export → check → import gives no change, over the committed inventory.
    @Test func exportComesBackUnchanged() throws {
        let merge = InventoryMerge(vault: vault)
        let inventory = Inventory(files: try InventorySample.committed())
        let organisations = merge.organisations(
            intermediaries: inventory.intermediaries?.organisations.map(\.organisation) ?? [],
            companies: inventory.companies?.organisations.map(\.organisation) ?? [], into: RegistrySnapshot())
        var snapshot = RegistrySnapshot()
        for recorder in organisations.intermediaries { snapshot.intermediaries[recorder.name] = recorder }
        for company in organisations.securityCompanies { snapshot.securityCompanies[company.name] = company }
        for file in inventory.points {
            for point in try merge.points(file.drafts, into: snapshot).inserted { snapshot.points[point.gbCode] = point }
        }
        let listings = snapshot.points.values.map { point in
            CameraPointListing(
                point: point, health: .unknown, pinyin: "",
                intermediary: snapshot.intermediaries.values.first { $0.id == point.intermediary },
                securityCompany: snapshot.securityCompanies.values.first { $0.id == point.securityCompany })
        }
        var files = AccessMethod.allCases.map { (name: PointFile.name(of: $0), bytes: InventoryWriter.points(listings, of: $0)) }
        files.append((IntermediaryColumns.fileName, InventoryWriter.intermediaries(organisations.intermediaries)))
        files.append((SecurityCompanyColumns.fileName, InventoryWriter.securityCompanies(organisations.securityCompanies)))
        #expect(files.allSatisfy { $0.bytes.starts(with: [0xEF, 0xBB, 0xBF]) })
        let again = Inventory(files: files)
        #expect(again.faults.isEmpty, "\(again.faults)")
        for file in again.points {
            let changes = try merge.points(file.drafts, into: snapshot)
            #expect(changes.inserted.isEmpty && changes.replaced.isEmpty, "\(file.file)")
            #expect(changes.unchanged == file.rowCount)
        }
        let texts = files.map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(!texts.contains { $0.contains("demo-only") || $0.contains("@") }, "exports carry no credentials")
    }

    @Test func exportedNamesAreNotRunAsFormulas() throws {
        let merge = InventoryMerge(vault: vault)
        let drafts = drafts(["点位名称": "'=HYPERLINK(\"x\")"])
        #expect(drafts.first?.point.name == "=HYPERLINK(\"x\")")
        let point = try #require(try merge.points(drafts, into: RegistrySnapshot()).inserted.first)
        let bytes = InventoryWriter.points([.init(point: point, health: .unknown, pinyin: "")], of: .direct)
        #expect(String(decoding: bytes, as: UTF8.self).contains("\"'=HYPERLINK(\"\"x\"\")\""))
        #expect(InventorySample.read(bytes).drafts.first?.point.name == point.name)
    }
}
