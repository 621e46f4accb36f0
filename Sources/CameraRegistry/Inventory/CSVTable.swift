/// A CSV text taken apart after RFC 4180, tolerant of what spreadsheets write: LF, CR LF or CR, a tab as separator, a
/// quote inside an unquoted field, lines of unequal length.
///
/// Pure and total: any bytes give a table. The only faults are quotes that never close, or that close before the field's
/// end; what stands there is kept.
package struct CSVTable: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        /// Unquoted, without surrounding blanks.
        package var text: String
        /// The line in which it begins, from 1.
        package var line: Int
    }

    package struct Record: Sendable, Hashable {
        package var fields: [Field]
        package var line: Int

        package var isBlank: Bool { fields.allSatisfy(\.text.isEmpty) }
    }

    package struct Fault: Sendable, Hashable {
        package enum Kind: Sendable, Hashable { case quoteNeverCloses, textAfterQuote }
        package var kind: Kind
        package var line: Int
        /// Number of the field from 1.
        package var column: Int
    }

    package private(set) var records: [Record] = []
    package private(set) var faults: [Fault] = []

    /// - Parameter bytes: UTF-8; anything else is repaired by replacement characters.
    package init(_ bytes: [UInt8]) {
        var parser = Parser(bytes: bytes, separator: Self.separator(of: bytes))
        parser.run()
        records = parser.records
        faults = parser.faults
    }

    /// The tab if the first line has more tabs than commas: WPS writes such files under the name of CSV.
    private static func separator(of bytes: [UInt8]) -> UInt8 {
        var commas = 0
        var tabs = 0
        var isQuoted = false
        for byte in bytes {
            if byte == 0x22 { isQuoted.toggle() }
            guard !isQuoted else { continue }
            if byte == 0x0A || byte == 0x0D { break }
            if byte == 0x2C { commas += 1 }
            if byte == 0x09 { tabs += 1 }
        }
        return tabs > commas ? 0x09 : 0x2C
    }

    private struct Parser {
        let bytes: [UInt8]
        let separator: UInt8
        var index = 0
        var line = 1
        var records: [Record] = []
        var faults: [Fault] = []

        mutating func run() {
            while index < bytes.count { records.append(record()) }
        }

        private mutating func record() -> Record {
            let start = line
            var fields: [Field] = []
            while true {
                let fieldLine = line
                let raw = field(number: fields.count + 1)
                fields.append(Field(text: Self.trimmed(raw), line: fieldLine))
                guard index < bytes.count else { break }
                let stop = bytes[index]
                index += 1
                if stop == separator { continue }
                if stop == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
                line += 1
                break
            }
            return Record(fields: fields, line: start)
        }

        /// Leaves `index` on the separator or line end that ends the field, or at the end.
        private mutating func field(number: Int) -> [UInt8] {
            while index < bytes.count, bytes[index] == 0x20 { index += 1 }
            guard index < bytes.count, bytes[index] == 0x22 else { return unquoted() }
            let opened = line
            index += 1
            var text: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                guard byte == 0x22 else {
                    if byte == 0x0A || (byte == 0x0D && (index >= bytes.count || bytes[index] != 0x0A)) { line += 1 }
                    text.append(byte)
                    continue
                }
                if index < bytes.count, bytes[index] == 0x22 {
                    text.append(0x22)
                    index += 1
                    continue
                }
                let rest = unquoted()
                if rest.contains(where: { $0 != 0x20 && $0 != 0x09 }) {
                    faults.append(Fault(kind: .textAfterQuote, line: line, column: number))
                    text.append(contentsOf: rest)
                }
                return text
            }
            faults.append(Fault(kind: .quoteNeverCloses, line: opened, column: number))
            return text
        }

        private mutating func unquoted() -> [UInt8] {
            let start = index
            while index < bytes.count, bytes[index] != separator, bytes[index] != 0x0A, bytes[index] != 0x0D { index += 1 }
            return Array(bytes[start..<index])
        }

        /// Blanks, tabs, no-break and ideographic spaces, and byte-order marks are what pasted cells begin and end with.
        private static func trimmed(_ raw: [UInt8]) -> String {
            var scalars = Substring(String(decoding: raw, as: UTF8.self)).unicodeScalars
            func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar.value == 0xFEFF }
            while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
            while let last = scalars.last, isBlank(last) { scalars.removeLast() }
            return String(String.UnicodeScalarView(scalars))
        }
    }
}
