import GatewayCore

/// One inventory file of camera points, read and checked by itself.
package struct PointFile: Sendable {
    package let file: String
    package let method: AccessMethod
    /// Rows without an error of their own.
    package private(set) var drafts: [PointDraft] = []
    package private(set) var faults: [InventoryFault] = []
    package private(set) var hiddenFaults = 0
    /// Rows that are not blank, good and bad.
    package private(set) var rowCount = 0
    /// Where each code stands, bad rows too: what doubling across files is told from.
    package private(set) var codes: [(code: GBCode, line: Int, column: Int)] = []

    package var hasErrors: Bool { hiddenFaults > 0 || faults.contains { $0.severity == .error } }

    /// File names of the four methods, as `cameras/` has them.
    package static func name(of method: AccessMethod) -> String {
        switch method {
        case .direct: "direct.csv"
        case .indirect: "indirect.csv"
        case .collection: "collection.csv"
        case .securityCompany: "security-company.csv"
        }
    }

    /// The method that a file name stands for, Chinese names too.
    package static func method(ofFile name: String) -> AccessMethod? {
        AccessMethod.allCases.first {
            Self.name(of: $0) == name || $0.chineseName + ".csv" == name || $0.chineseName + "法.csv" == name
        }
    }

    /// - Parameters:
    ///   - file: as faults shall name it.
    ///   - method: that every row must be of.
    package init(_ bytes: [UInt8], file: String, method: AccessMethod) {
        self.file = file
        self.method = method
        var table = InventoryTable<PointDraft>(file: file)
        table.read(
            bytes, columns: PointColumns.columns(of: method), mandatory: { $0.presence.mandatory.contains(method) },
            begin: { PointDraft(line: $0) }, settle: { $0.settle() })
        Self.checkTogether(&table, method: method)
        rowCount = table.rows.count
        for row in table.rows {
            if row.draft.point.gbCode != .none {
                codes.append((row.draft.point.gbCode, row.line, row.columns["设备编码"] ?? 0))
            }
            guard !row.isRefused else { continue }
            var draft = row.draft
            draft.headers = table.headers
            draft.columns = row.columns
            drafts.append(draft)
        }
        faults = table.faults.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        hiddenFaults = table.hiddenFaults
    }

    /// What concerns several rows of the file, or a row and the file's method.
    private static func checkTogether(_ table: inout InventoryTable<PointDraft>, method: AccessMethod) {
        var codeLines: [GBCode: Int] = [:]
        var addressLines: [String: Int] = [:]
        var channelLines: [String: Int] = [:]
        for index in table.rows.indices {
            let row = table.rows[index]
            let point = row.draft.point
            func refuse(_ header: String, _ fault: CellFault, severity: InventoryFault.Severity = .error) {
                table.report(fault, line: row.line, column: row.columns[header] ?? 0, header: header, severity: severity)
                if severity == .error { table.rows[index].isRefused = true }
            }
            if point.gbCode != .none {
                if let first = codeLines[point.gbCode] {
                    refuse("设备编码", CellFault("gbCodeDoubled", "编码与第 \(first) 行重复", "一个点位一个编码,核对后改正其中一行"))
                } else {
                    codeLines[point.gbCode] = row.line
                }
            }
            if !row.isRefused, point.accessMethod != method {
                refuse(
                    "接入方式",
                    CellFault(
                        "accessMethodMismatch", "是「\(point.accessMethod.chineseName)」,本文件只收「\(method.chineseName)」",
                        "移到 \(PointFile.name(of: point.accessMethod)),或改正接入方式"))
            }
            if let days = point.recordSaveDays, days < InventoryRules.minimumSaveDays {
                refuse(
                    "录像保存天数", CellFault("recordSaveDaysShort", "录像只保存 \(days) 天,少于 30 天", "督促权属单位扩容;重点目标应为 90 天"),
                    severity: .warning)
            }
            if let name = row.draft.intermediaryName, let channel = point.channel {
                if let first = channelLines["\(name)\n\(channel)"] {
                    refuse("通道号", CellFault("channelDoubled", "与第 \(first) 行同为「\(name)」的 \(channel) 通道", "核对通道号"))
                } else {
                    channelLines["\(name)\n\(channel)"] = row.line
                }
            }
            for stream in point.streams {
                let header = stream.role == .main ? "主码流地址" : "子码流地址"
                if let first = addressLines[stream.url.unredacted] {
                    refuse(
                        header, CellFault("streamDoubled", "与第 \(first) 行的码流地址相同", "核对通道;同一路视频只登记一次"), severity: .warning)
                } else {
                    addressLines[stream.url.unredacted] = row.line
                }
            }
        }
    }

    /// Adds faults that show only beside other files or the registry.
    mutating func add(_ faults: [InventoryFault]) {
        self.faults = (self.faults + faults).sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        let refused = Set(faults.filter { $0.severity == .error }.map(\.line))
        drafts.removeAll { refused.contains($0.line) }
    }
}
