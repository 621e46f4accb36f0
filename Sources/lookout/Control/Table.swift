import Foundation

/// A listing: columns for people, or JSON for programs.
enum Table {
    static func print<Row: Encodable>(_ rows: [Row], asJSON: Bool, columns: [(title: String, text: (Row) -> String)]) throws {
        guard !asJSON else {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .iso8601
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            return StandardStreams.output(String(decoding: try encoder.encode(rows), as: UTF8.self))
        }
        for line in lines(rows, columns: columns) { StandardStreams.output(line) }
    }

    static func lines<Row>(_ rows: [Row], columns: [(title: String, text: (Row) -> String)]) -> [String] {
        let cells = [columns.map(\.title)] + rows.map { row in columns.map { $0.text(row) } }
        let widths = columns.indices.map { column in cells.map { width(of: $0[column]) }.max() ?? 0 }
        return cells.map { row in
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - width(of: $0)) }
            return padded.joined(separator: "  ").replacing(/\ +$/, with: "")
        }
    }

    /// Columns of a terminal: Chinese characters and full-width signs take two.
    static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (0x1100...0x115F ~= $1.value || 0x2E80...0xFFEF ~= $1.value ? 2 : 1) }
    }
}
