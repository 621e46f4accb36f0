/// What is wrong with one place of an inventory file, and what to do about it. Never holds a credential.
package struct InventoryFault: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Severity: String, Sendable, Codable { case error, warning }

    package var severity: Severity
    /// A stable machine word: `gbCodeDoubled`, `placeTypeBanned`, `spreadsheetNumber`.
    package var reason: String
    package var file: String
    /// From 1; the line in which the cell begins.
    package var line: Int
    /// Number of the column from 1, as a spreadsheet counts; 0 if it concerns the whole line.
    package var column: Int
    package var header: String?
    package var message: String
    package var remedy: String

    package init(
        severity: Severity = .error, reason: String, file: String, line: Int, column: Int, header: String? = nil,
        message: String, remedy: String
    ) {
        self.severity = severity
        self.reason = reason
        self.file = file
        self.line = line
        self.column = column
        self.header = header
        self.message = message
        self.remedy = remedy
    }

    package var description: String {
        let mark = severity == .warning ? "警告:" : ""
        let place = header.map { "「\($0)」" } ?? ""
        return "\(file):\(line):\(column): \(mark)\(place)\(message) — \(remedy)"
    }
}

/// A fault of one cell, before it is known where the cell stands.
package struct CellFault: Error, Hashable, Sendable {
    package var reason: String
    package var message: String
    package var remedy: String

    package init(_ reason: String, _ message: String, _ remedy: String) {
        self.reason = reason
        self.message = message
        self.remedy = remedy
    }
}
