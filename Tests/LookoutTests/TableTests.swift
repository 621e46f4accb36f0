import Testing

@testable import lookout

@Suite struct TableTests {
    @Test func columnsAlignThoughChineseIsWide() {
        let lines = Table.lines(
            [("demo", "县公安局"), ("甲", "b")], columns: [("NAME", { $0.0 }), ("UNIT", { $0.1 }), ("", { _ in "x" })])
        #expect(lines == ["NAME  UNIT", "demo  县公安局  x", "甲    b         x"])
    }

    @Test func progressFillsALine() {
        #expect(ProgressBar.line("probe", 0, of: 10) == "probe " + String(repeating: "░", count: 30) + " 0/10")
        #expect(ProgressBar.line("probe", 10, of: 10) == "probe " + String(repeating: "█", count: 30) + " 10/10")
        #expect(ProgressBar.line("probe", 12, of: 10).contains("12/10"))
    }
}
