import Testing

@testable import CameraRegistry

struct CSVTableTests {
    private func cells(_ text: String) -> [[String]] { CSVTable(Array(text.utf8)).records.map { $0.fields.map(\.text) } }

    @Test(
        arguments: [
            ("a,b\nc,d", [["a", "b"], ["c", "d"]]), ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]), ("a\rb", [["a"], ["b"]]),
            ("\"a,b\",c", [["a,b", "c"]]), ("\"a\"\"b\"", [["a\"b"]]), ("\"a\nb\",c\nd", [["a\nb", "c"], ["d"]]),
            ("a\"b,c", [["a\"b", "c"]]), (" a , \"b\" ,\u{3000}c\u{A0}", [["a", "b", "c"]]), ("a,,", [["a", "", ""]]),
            ("", []), ("\n", [[""]]), ("a,b\n\nc", [["a", "b"], [""], ["c"]]), ("\"\",x", [["", "x"]]),
            ("=\"12\",x", [["=\"12\"", "x"]]),
        ])
    func splits(text: String, expected: [[String]]) { #expect(cells(text) == expected) }

    @Test func linesCountThroughQuotedLineEnds() {
        let table = CSVTable(Array("h\n\"a\nb\r\nc\"\nd,\"e\nf\",g".utf8))
        #expect(table.records.map(\.line) == [1, 2, 5])
        #expect(table.records.last?.fields.map(\.line) == [5, 5, 6])
    }

    @Test func quoteFaultsHaveTheirPlace() {
        let open = CSVTable(Array("a,b\nc,\"d\ne".utf8))
        #expect(open.faults == [.init(kind: .quoteNeverCloses, line: 2, column: 2)])
        #expect(open.records.last?.fields.last?.text == "d\ne")
        let after = CSVTable(Array("a,\"b\"c,d".utf8))
        #expect(after.faults == [.init(kind: .textAfterQuote, line: 1, column: 2)])
        #expect(after.records.first?.fields.map(\.text) == ["a", "bc", "d"])
    }

    @Test func quotedCellsComeBack() {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<500 {
            let rows = (0..<3).map { _ in
                (0..<4).map { _ in
                    String(
                        (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                            "ab,\"\n\r\t中=".randomElement(using: &generator) ?? "a"
                        })
                }
            }
            let text = rows.map { $0.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",") }.joined(
                separator: "\n")
            let trimmed = rows.map {
                $0.map {
                    String($0.trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace).reversed())
                }
            }
            #expect(cells(text) == trimmed)
        }
    }
}
