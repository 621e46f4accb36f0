import GatewayCore

/// Brings inventory files into a registry: organisations first, then each file of points in a transaction of its own.
///
/// A file with an error is not imported at all, nothing else is lost; one that names an organisation of a refused file is
/// refused with that fault.
package struct InventoryImport: Sendable {
    package struct Report: Sendable {
        package var inventory: Inventory
        /// By file; files that were refused are missing.
        package var counts: [String: RegistryChanges.Counts] = [:]
    }

    private let store: any CameraPointStore
    private let merge: InventoryMerge

    package init(store: any CameraPointStore, vault: CredentialVault) {
        self.store = store
        merge = InventoryMerge(vault: vault)
    }

    package func run(_ files: [(name: String, bytes: [UInt8])], by account: AccountID? = nil) async throws -> Report {
        try await write(Inventory(files: files, known: try await known()), by: account)
    }

    /// One file of points, as it is uploaded.
    package func run(
        _ bytes: [UInt8], method: AccessMethod, file: String? = nil, by account: AccountID? = nil
    ) async throws -> Report {
        let points = PointFile(bytes, file: file ?? PointFile.name(of: method), method: method)
        return try await write(Inventory(points, known: try await known()), by: account)
    }

    private func known() async throws -> RegistrySnapshot {
        var snapshot = RegistrySnapshot()
        for listing in try await store.allCameraPoints() { snapshot.points[listing.point.gbCode] = listing.point }
        for intermediary in try await store.intermediaries() { snapshot.intermediaries[intermediary.name] = intermediary }
        for company in try await store.securityCompanies() { snapshot.securityCompanies[company.name] = company }
        return snapshot
    }

    private func write(_ inventory: Inventory, by account: AccountID?) async throws -> Report {
        var report = Report(inventory: inventory)
        let merge = merge
        if let file = inventory.intermediaries, !file.hasErrors {
            let all = file.organisations.map(\.organisation)
            report.counts[file.file] = try await store.importCameraPoints(by: account) { snapshot in
                merge.organisations(intermediaries: all, companies: [], into: snapshot)
            }
        }
        if let file = inventory.companies, !file.hasErrors {
            let all = file.organisations.map(\.organisation)
            report.counts[file.file] = try await store.importCameraPoints(by: account) { snapshot in
                merge.organisations(intermediaries: [], companies: all, into: snapshot)
            }
        }
        for file in inventory.points where !file.hasErrors {
            let drafts = file.drafts
            report.counts[file.file] = try await store.importCameraPoints(by: account) { snapshot in
                try merge.points(drafts, into: snapshot)
            }
        }
        return report
    }
}
