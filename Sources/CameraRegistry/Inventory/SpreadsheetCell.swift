/// What stands around a text that a spreadsheet must neither take for a number nor for a formula.
///
/// CSV has no types. `="51132100…"` is a formula whose value is the text: Excel and WPS show and keep all 20 digits, and
/// save them bare. A leading apostrophe is their own mark for text.
package enum SpreadsheetCell {
    /// A cell that stays text when the file is opened by a double click.
    package static func protected(digits: String) -> String { digits.isEmpty ? "" : "=\"\(digits)\"" }

    /// A cell that is not run as a formula: a name may begin with `=`, `+`, `-` or `@` in a hostile file.
    package static func harmless(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, "=+-@'".unicodeScalars.contains(first) else { return text }
        return "'" + text
    }

    /// Undoes both.
    package static func bare(_ text: String) -> String {
        if text.hasPrefix("=\""), text.hasSuffix("\""), text.count >= 3 { return String(text.dropFirst(2).dropLast()) }
        if text.first == "'" || text.first == "\u{2018}" { return String(text.dropFirst()) }
        return text
    }

    /// A field after RFC 4180, quoted where it must be.
    package static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
