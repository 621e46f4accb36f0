import CameraRegistry
import Foundation
import GatewayCore

/// Inventory files on disk.
enum InventoryFolder {
    /// The inventory files of a folder, or the one file that `path` names.
    ///
    /// - Throws: `GatewayError` if there is nothing to read.
    static func read(_ path: String) throws(GatewayError) -> [(name: String, bytes: [UInt8])] {
        let url = URL(fileURLWithPath: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw GatewayError(.notFound, "inventoryNotFound", "没有文件或目录 \(path)", remedy: "核对路径")
        }
        let names: [String]
        if isFolder.boolValue {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            names = all.filter { isInventory($0) }.sorted()
        } else {
            names = [url.lastPathComponent]
        }
        guard !names.isEmpty, names.allSatisfy(isInventory) else {
            throw GatewayError(
                .notFound, "inventoryNotFound", "\(path) 不是点位清单",
                remedy: "文件名应为 " + (AccessMethod.allCases.map(PointFile.name) + organisationFiles).joined(separator: "、"))
        }
        var files: [(String, [UInt8])] = []
        for name in names {
            let file = isFolder.boolValue ? url.appendingPathComponent(name) : url
            guard let data = try? Data(contentsOf: file) else {
                throw GatewayError(.failed, "inventoryUnreadable", "读不了文件 \(file.path)", remedy: "检查文件的权限")
            }
            files.append((name, Array(data)))
        }
        return files
    }

    private static let organisationFiles = [IntermediaryColumns.fileName, SecurityCompanyColumns.fileName]

    private static func isInventory(_ name: String) -> Bool {
        organisationFiles.contains(name) || PointFile.method(ofFile: name) != nil
    }
}
