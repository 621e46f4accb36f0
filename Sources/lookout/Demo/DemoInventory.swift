import CameraRegistry
import Foundation
import GatewayCore

/// The inventory as the demo uses it: imported once, into a registry that has no points yet.
struct DemoInventory {
    let folder: URL

    /// - Throws: `GatewayError` that names the first fault of the inventory, if it has one.
    func importIfEmpty(into stores: GatewayStores) async throws {
        guard try await stores.points.allCameraPoints().isEmpty else { return }
        let files = try InventoryFolder.read(folder.path)
        if let fault = Inventory(files: files).faults.first(where: { $0.severity == .error }) {
            throw GatewayError(
                .invalid, "inventory", "\(fault.file):\(fault.line):\(fault.column): \(fault.message)", remedy: fault.remedy)
        }
        _ = try await InventoryImport(store: stores.points, vault: stores.vault).run(files)
    }
}
