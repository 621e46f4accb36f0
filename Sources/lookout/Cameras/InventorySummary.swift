import CameraRegistry
import Foundation

/// What `cameras check` and `cameras import` answer.
struct InventorySummary: Encodable {
    struct File: Encodable {
        var file: String
        var accessMethod: String?
        var rows: Int
        var errors: Int
        var inserted: Int?
        var changed: Int?
        var unchanged: Int?
    }

    var files: [File] = []
    /// Good rows of each access method.
    var points: [String: Int] = [:]
    var total = 0
    var faults: [InventoryFault] = []
    var hiddenFaults = 0

    init() {}

    init(_ inventory: Inventory) {
        func errors(_ faults: [InventoryFault]) -> Int { faults.count { $0.severity == .error } }
        if let file = inventory.intermediaries {
            files.append(File(file: file.file, rows: file.rowCount, errors: errors(file.faults)))
        }
        if let file = inventory.companies { files.append(File(file: file.file, rows: file.rowCount, errors: errors(file.faults))) }
        for file in inventory.points {
            files.append(
                File(
                    file: file.file, accessMethod: file.method.rawValue, rows: file.rowCount,
                    errors: errors(file.faults) + file.hiddenFaults))
            points[file.method.rawValue, default: 0] += file.drafts.count
        }
        total = points.values.reduce(0, +)
        faults = inventory.faults
        hiddenFaults = inventory.hiddenFaults
    }

    func printed(asJSON: Bool) {
        if asJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            if let data = try? encoder.encode(self) { StandardStreams.output(String(decoding: data, as: UTF8.self)) }
            return
        }
        for fault in faults { StandardStreams.output(fault.description) }
        if hiddenFaults > 0 { StandardStreams.output("另有 \(hiddenFaults) 处错误未列出") }
        for file in files {
            let result = file.inserted.map { ",新增 \($0),变更 \(file.changed ?? 0),未变 \(file.unchanged ?? 0)" } ?? ""
            StandardStreams.output("\(file.file): \(file.rows) 行,\(file.errors) 处错误\(result)")
        }
        let methods = AccessMethod.allCases.compactMap { method in points[method.rawValue].map { "\(method.chineseName) \($0)" } }
        StandardStreams.output("合计 \(total) 个点位" + (methods.isEmpty ? "" : ":" + methods.joined(separator: ",")))
    }
}
