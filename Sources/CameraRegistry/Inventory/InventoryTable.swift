/// Reads a table of known columns into drafts, and reports everything that is wrong with it.
struct InventoryTable<Draft: Sendable> {
    /// A draft with the cells that were there, for checks that need more than one row.
    struct Row {
        var draft: Draft
        var line: Int
        /// Number of each known column, from 1.
        var columns: [String: Int]
        var isRefused: Bool
    }

    let file: String
    var rows: [Row] = []
    var faults: [InventoryFault] = []
    /// Faults beyond the limit, only counted.
    var hiddenFaults = 0
    /// Known headers that the file has.
    var headers: Set<String> = []

    mutating func report(
        _ fault: CellFault, line: Int, column: Int = 0, header: String? = nil, severity: InventoryFault.Severity = .error
    ) {
        guard faults.count < InventoryRules.faultLimit else {
            hiddenFaults += severity == .error ? 1 : 0
            return
        }
        faults.append(
            InventoryFault(
                severity: severity, reason: fault.reason, file: file, line: line, column: column, header: header,
                message: fault.message, remedy: fault.remedy))
    }

    /// - Parameters:
    ///   - mandatory: whether a cell of the column may not be empty, given the row's draft.
    ///   - settle: checks across the cells of one row; faults name the header that they are shown at.
    mutating func read(
        _ bytes: [UInt8], columns: [InventoryColumn<Draft>], mandatory: (InventoryColumn<Draft>) -> Bool,
        begin: (Int) -> Draft, settle: (inout Draft) -> [(header: String, fault: CellFault)]
    ) {
        let decoded: [UInt8]
        do throws(InventoryText.Fault) {
            decoded = try InventoryText.decode(bytes).text
        } catch {
            return report(error.cell, line: error.line)
        }
        let table = CSVTable(decoded)
        for fault in table.faults {
            let cell =
                fault.kind == .quoteNeverCloses
                ? CellFault("quoteNeverCloses", "引号没有结束", "补上右引号;单元格里的引号写两遍")
                : CellFault("textAfterQuote", "引号结束后还有文字", "整个单元格加引号;单元格里的引号写两遍")
            report(cell, line: fault.line, column: fault.column)
        }
        guard let head = table.records.firstIndex(where: { !$0.isBlank }) else {
            return report(CellFault("fileEmpty", "文件是空的", "第一行写列名,见 cameras/README.md"), line: 1)
        }
        let known = readHeader(table.records[head], columns: columns, mandatory: mandatory)
        for record in table.records[(head + 1)...] where !record.isBlank {
            rows.append(row(record, known: known, width: table.records[head].fields.count, mandatory, begin, settle))
        }
    }

    private mutating func readHeader(
        _ record: CSVTable.Record, columns: [InventoryColumn<Draft>], mandatory: (InventoryColumn<Draft>) -> Bool
    ) -> [(number: Int, column: InventoryColumn<Draft>)] {
        var byName: [String: InventoryColumn<Draft>] = [:]
        for column in columns {
            for name in [column.header] + column.aliases { byName[Self.plain(name)] = column }
        }
        var known: [(Int, InventoryColumn<Draft>)] = []
        for (index, field) in record.fields.enumerated() where !field.text.isEmpty {
            let number = index + 1
            let name = SpreadsheetCell.bare(field.text)
            guard let column = byName[Self.plain(name)] else {
                report(
                    CellFault("columnUnknown", "未知的列,内容不会导入", "删除该列,或改成 cameras/README.md 中的列名"),
                    line: record.line, column: number, header: String(name.prefix(40)), severity: .warning)
                continue
            }
            guard headers.insert(column.header).inserted else {
                report(
                    CellFault("columnDoubled", "列名重复", "只保留一列"), line: record.line, column: number, header: column.header)
                continue
            }
            known.append((number, column))
        }
        for column in columns where mandatory(column) && !headers.contains(column.header) {
            report(
                CellFault("columnMissing", "缺少必填列", "在第一行加上「\(column.header)」列并逐行填写"),
                line: record.line, header: column.header)
        }
        return known
    }

    /// Blanks, a star that marks what is mandatory, and a unit in brackets do not distinguish headers.
    private static func plain(_ header: String) -> String {
        let bare = header.prefix { $0 != "(" && $0 != "(" }
        return bare.filter { !$0.isWhitespace && $0 != "*" && $0 != "*" }.lowercased()
    }

    private mutating func row(
        _ record: CSVTable.Record, known: [(number: Int, column: InventoryColumn<Draft>)], width: Int,
        _ mandatory: (InventoryColumn<Draft>) -> Bool, _ begin: (Int) -> Draft,
        _ settle: (inout Draft) -> [(header: String, fault: CellFault)]
    ) -> Row {
        var draft = begin(record.line)
        var isRefused = false
        var numbers: [String: Int] = [:]
        for (number, column) in known {
            numbers[column.header] = number
            let field = number <= record.fields.count ? record.fields[number - 1] : nil
            let text = SpreadsheetCell.bare(field?.text ?? "")
            let line = field?.line ?? record.line
            if text.isEmpty {
                guard mandatory(column) else { continue }
                report(
                    CellFault("cellMissing", "必填项是空的", "填写「\(column.header)」"), line: line, column: number, header: column.header)
                isRefused = true
                continue
            }
            do throws(CellFault) {
                try column.read(&draft, text)
            } catch {
                report(error, line: line, column: number, header: column.header)
                isRefused = true
            }
        }
        if record.fields.count > width, let extra = record.fields[width...].firstIndex(where: { !$0.text.isEmpty }) {
            report(
                CellFault("tooManyCells", "这一行的单元格比列名多", "内容含逗号的单元格要加引号"),
                line: record.fields[extra].line, column: extra + 1)
            isRefused = true
        }
        for (header, fault) in settle(&draft) {
            report(fault, line: record.line, column: numbers[header] ?? 0, header: header)
            isRefused = true
        }
        return Row(draft: draft, line: record.line, columns: numbers, isRefused: isRefused)
    }
}
