import CameraRegistry
import Testing

struct PinyinInitialsTests {
    @Test(
        arguments: [
            ("南隆街道", "nljd"), ("滨江大道嘉陵江大桥桥头", "bjddjljdqqt"), ("升钟湖景区大门", "szhjqdm"), ("楠木镇超市", "nmzcs"), ("长坪镇", "cpz"),
            ("幸福路与新华路口", "xflyxhlk"), ("县农业银行", "xnyyh"), ("A座3号楼", "az3hl"), ("A座", "az"), ("琚家沟", "jjg"), ("(示例)", "sl"),
            ("", ""), ("阿额哦", "aeo"), ("匝座", "zz"), ("㐂", ""),
            // The first and the last character of each initial in GB 2312; behind 座 come only those of level 2.
            ("啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝", "abcdefghjklmnopqrstwxyz"),
            ("澳怖错堕贰咐过祸骏阔络穆诺沤瀑群弱所唾误迅孕座", "abcdefghjklmnopqrstwxyz"), ("亍兀丐", ""), ("座亍匝", "zz"),
            ("Ａ座１２号（ｂ）", "az12hb"), ("、。〔〕①", ""),
        ])
    func initials(name: String, expected: String) { #expect(PinyinInitials.of(name) == expected) }

    @Test func everyCharacterOfTheInventoryIsKnown() throws {
        let inventory = Inventory(files: try InventorySample.committed())
        let names = inventory.points.flatMap(\.drafts).flatMap { [$0.point.name, $0.point.township] }.joined()
        let unknown = Set(
            names.filter { $0.unicodeScalars.allSatisfy(\.properties.isIdeographic) && PinyinInitials.initial(of: $0) == nil })
        #expect(unknown == [])
    }
}
