/// One column of an inventory file: its header, who must fill it in, how a cell is read into a draft and written back.
package struct InventoryColumn<Draft: Sendable>: Sendable {
    /// Which files the column belongs to, and where a cell may not be empty.
    package struct Presence: Sendable {
        package var allowed: Set<AccessMethod>
        package var mandatory: Set<AccessMethod>

        package static var everyone: Presence {
            Presence(allowed: Set(AccessMethod.allCases), mandatory: Set(AccessMethod.allCases))
        }
        package static var optional: Presence { Presence(allowed: Set(AccessMethod.allCases), mandatory: []) }
        /// Points with a picture.
        package static var streamed: Set<AccessMethod> { Set(AccessMethod.allCases.filter(\.hasStream)) }
    }

    package let header: String
    /// Other headers under which the column is found in departments' own files.
    package let aliases: [String]
    package let presence: Presence
    /// Is given a cell that is not empty.
    package let read: @Sendable (inout Draft, String) throws(CellFault) -> Void
    /// The cell that `read` makes the same value of; empty where there is none.
    package let write: @Sendable (Draft) -> String

    package init(
        _ header: String, aliases: [String] = [], _ presence: Presence = .optional,
        read: @escaping @Sendable (inout Draft, String) throws(CellFault) -> Void, write: @escaping @Sendable (Draft) -> String
    ) {
        self.header = header
        self.aliases = aliases
        self.presence = presence
        self.read = read
        self.write = write
    }
}

/// The checks that cells of many columns share.
package enum CellRule {
    package static func number(_ text: String, _ range: ClosedRange<Double>, unit: String) throws(CellFault) -> Double {
        let plain = text.hasSuffix("米") || text.hasSuffix("度") || text.hasSuffix("°") ? String(text.dropLast()) : text
        guard let value = Double(plain), value.isFinite, range.contains(value) else {
            throw CellFault(
                "numberOutOfRange", "不是 \(CellRule.written(range.lowerBound)) 到 \(CellRule.written(range.upperBound)) 之间的数",
                "填写以\(unit)为单位的数,不知道就留空")
        }
        return value
    }

    package static func whole(_ text: String, _ range: ClosedRange<Int>, unit: String) throws(CellFault) -> Int {
        // Excel writes a whole number of a formatted column as «30.0».
        let plain = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        guard plain.utf8.count <= 12, let value = Int(plain), range.contains(value) else {
            throw CellFault(
                "numberOutOfRange", "不是 \(range.lowerBound) 到 \(range.upperBound) 之间的整数", "填写以\(unit)为单位的整数,不知道就留空")
        }
        return value
    }

    package static func day(_ text: String) throws(CellFault) -> CalendarDay {
        guard let day = CalendarDay(text) else {
            throw CellFault("dateMalformed", "不是日期", "按 2025-06-30 的写法填写")
        }
        return day
    }

    package static func term<Term: DossierTerm>(
        _ found: Term?, reason: String, what: String
    ) throws(CellFault) -> Term {
        guard let found else {
            throw CellFault(reason, "\(what)不在表内", "填写其中之一:" + Term.allCases.map(\.chineseName).joined(separator: "、"))
        }
        return found
    }

    package static func text(_ text: String, limit: Int = 200) throws(CellFault) -> String {
        guard text.count <= limit else { throw CellFault("textTooLong", "超过 \(limit) 个字", "请缩短") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw CellFault("controlCharacter", "含有换行或控制字符", "删除单元格里的换行")
        }
        return text
    }

    /// The shortest decimal that reads back as the same number, without a trailing `.0`.
    package static func written(_ value: Double?) -> String {
        guard let value else { return "" }
        let text = String(value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    package static func written(_ value: (some CustomStringConvertible)?) -> String { value.map(\.description) ?? "" }
}
