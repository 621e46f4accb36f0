/// Writes inventory files that Excel and WPS open by a double click, and that import without a change.
package enum InventoryWriter {
    package static func points(_ listings: [CameraPointListing], of method: AccessMethod) -> [UInt8] {
        file(
            listings.filter { $0.point.accessMethod == method }.sorted { $0.point.gbCode < $1.point.gbCode }.map(PointDraft.init),
            PointColumns.columns(of: method))
    }

    package static func intermediaries(_ all: [Intermediary]) -> [UInt8] {
        file(all.sorted { $0.name < $1.name }, IntermediaryColumns.all)
    }

    package static func securityCompanies(_ all: [SecurityCompany]) -> [UInt8] {
        file(all.sorted { $0.name < $1.name }, SecurityCompanyColumns.all)
    }

    /// UTF-8 with byte-order mark and CR LF, which is what Excel expects.
    private static func file<Draft>(_ drafts: [Draft], _ columns: [InventoryColumn<Draft>]) -> [UInt8] {
        var text = "\u{FEFF}" + columns.map { SpreadsheetCell.quoted($0.header) }.joined(separator: ",") + "\r\n"
        for draft in drafts {
            let cells = columns.map { column in
                let cell = column.write(draft)
                let isLongNumber = cell.utf8.count > 11 && cell.utf8.allSatisfy { (0x30...0x39).contains($0) }
                return SpreadsheetCell.quoted(
                    isLongNumber ? SpreadsheetCell.protected(digits: cell) : SpreadsheetCell.harmless(cell))
            }
            text += cells.joined(separator: ",") + "\r\n"
        }
        return Array(text.utf8)
    }
}
