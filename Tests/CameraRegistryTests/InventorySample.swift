import CameraRegistry
import Foundation
import GatewayCore
import Testing

/// Rows for tests: a good row of each kind, to be spoilt one cell at a time.
enum InventorySample {
    static let direct: [(header: String, cell: String)] = [
        ("设备编码", "51132100001320000017"), ("点位名称", "幸福路口"), ("接入方式", "直接接入"), ("来源类别", "雪亮工程"), ("场所类型", "路口"),
        ("详细地址", "南隆街道幸福路"), ("行政区划", "南隆街道"), ("经度", "106.0612"), ("纬度", "31.3502"), ("坐标系", "WGS84"),
        ("主码流地址", "rtsp://198.51.100.7/live"), ("权属单位", "县公安局"), ("牵头责任单位", "县公安局"), ("录像保存天数", "30"),
    ]

    /// A file of one row in which cells are replaced or added.
    static func file(_ changes: [String: String] = [:], rows: [[String: String]] = [[:]], without: Set<String> = []) -> [UInt8] {
        var headers = direct.map(\.header).filter { !without.contains($0) }
        for change in [changes] + rows { headers += change.keys.filter { !headers.contains($0) }.sorted() }
        let lines = rows.map { row in
            headers.map { header in
                SpreadsheetCell.quoted(row[header] ?? changes[header] ?? direct.first { $0.header == header }?.cell ?? "")
            }.joined(separator: ",")
        }
        return Array(([headers.joined(separator: ",")] + lines).joined(separator: "\n").utf8)
    }

    static func read(_ bytes: [UInt8], _ method: AccessMethod = .direct) -> PointFile {
        PointFile(bytes, file: PointFile.name(of: method), method: method)
    }

    /// The inventory of the repository.
    static func committed() throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("cameras")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".csv") }.sorted()
            .map { ($0, Array(try Data(contentsOf: folder.appendingPathComponent($0)))) }
    }

    static func readme() throws -> String {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("cameras/README.md")
        return try String(contentsOf: file, encoding: .utf8)
    }
}
