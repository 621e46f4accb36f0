import Accounts
import CameraRegistry
import GatewayCore
import VideoDispatch

/// Registers, changes and removes points: one at a time from a form, many at a time from a file. Both are merged by the
/// inventory's own rules inside one transaction.
///
/// An answer goes out when the directory of feeds knows of the change, so that a probe right after it finds the camera.
struct Registration: Sendable {
    private let services: Services

    init(_ services: Services) { self.services = services }

    /// - Throws: ``GatewayError`` with the first fault, its `details["field"]` the member that has it.
    func create(_ form: DossierForm, by caller: Caller) async throws -> CameraPointListing {
        guard let method = form.cells["接入方式"].flatMap(AccessMethod.named) else {
            throw GatewayError(
                .invalid, "accessMethodUnknown", "缺少接入方式,或接入方式未知。",
                remedy: "填写 direct、indirect、collection 或 securityCompany。", details: ["field": "accessMethod"])
        }
        let code = form.cells["设备编码"].flatMap { GBCode($0) }
        if let code, let taken = try await services.points.cameraPoint(code: code) {
            throw GatewayError(
                .conflict, "gbCodeTaken", "编码 \(code) 已由「\(taken.point.name)」使用。", remedy: "核对编码,或修改原点位。",
                details: ["field": "gbCode"])
        }
        let changes = try await merge(row(form.cells, of: method), method, form, by: caller)
        return try await stored(changes.inserted.first)
    }

    func change(_ listing: CameraPointListing, _ form: DossierForm, by caller: Caller) async throws -> CameraPointListing {
        let method = listing.point.accessMethod
        for (header, current) in [("设备编码", listing.point.gbCode.digits), ("接入方式", method.rawValue)] {
            if let cell = form.cells[header], cell != current {
                throw GatewayError(
                    .conflict, "identityFixed", "设备编码和接入方式登记后不能更改。", remedy: "删除该点位后重新登记。",
                    details: ["field": form.member(of: header) ?? header])
            }
        }
        let cells = Self.cells(of: listing).merging(form.cells) { _, new in new }
        let changes = try await merge(row(cells, of: method), method, form, by: caller)
        let point = changes.replaced.first ?? listing.point
        if let loss = LinkEnd(lossOf: point) { try await services.links.endAll(ofPoint: point.id, because: loss) }
        return try await stored(point)
    }

    func remove(_ id: CameraPointID, by caller: Caller) async throws {
        try await services.links.endAll(ofPoint: id, because: .pointRemoved)
        try await services.points.deleteCameraPoint(id, by: caller.accountID)
        await services.registryChanged.sendUntilFollowed()
    }

    /// A whole file; nothing of it is taken if a row has an error.
    func importFile(_ bytes: [UInt8], method: AccessMethod, by caller: Caller) async throws -> (Inventory, RegistryChanges.Counts?)
    {
        let file = PointFile(bytes, file: PointFile.name(of: method), method: method)
        let known = try await snapshot()
        let inventory = Inventory(file, known: known)
        guard !inventory.hasErrors else { return (inventory, nil) }
        let drafts = inventory.points.flatMap(\.drafts)
        let merge = InventoryMerge(vault: services.vault)
        let counts = try await services.points.importCameraPoints(by: caller.accountID) { snapshot in
            let changes = try merge.points(drafts, into: snapshot)
            try Self.requireOwn(changes, snapshot, caller)
            return changes
        }
        await services.registryChanged.sendUntilFollowed()
        return (inventory, counts)
    }

    private func merge(
        _ bytes: [UInt8], _ method: AccessMethod, _ form: DossierForm, by caller: Caller
    ) async throws -> RegistryChanges {
        let file = PointFile(bytes, file: PointFile.name(of: method), method: method)
        let inventory = Inventory(file, known: try await snapshot())
        if let fault = inventory.faults.first(where: { $0.severity == .error }) { throw Self.error(of: fault, form) }
        let drafts = inventory.points.flatMap(\.drafts)
        let merge = InventoryMerge(vault: services.vault)
        let box = ChangeBox()
        _ = try await services.points.importCameraPoints(by: caller.accountID) { snapshot in
            let changes = try merge.points(drafts, into: snapshot)
            try Self.requireOwn(changes, snapshot, caller)
            box.set(changes)
            return changes
        }
        await services.registryChanged.sendUntilFollowed()
        return box.changes
    }

    /// A lead department writes what it answers for, before and after.
    private static func requireOwn(_ changes: RegistryChanges, _ snapshot: RegistrySnapshot, _ caller: Caller) throws {
        let disclosure = PointDisclosure(caller: caller)
        for point in changes.inserted + changes.replaced {
            let before = snapshot.points[point.gbCode] ?? point
            guard disclosure.reaches(point, .cameraPoint, .write), disclosure.reaches(before, .cameraPoint, .write) else {
                throw GatewayError(
                    .forbidden, "notYourPoint", "「\(point.name)」的牵头责任单位是「\(before.leadDepartment)」,不是贵单位。",
                    remedy: "请由牵头责任单位或管理员登记。", details: ["field": "leadDepartment"])
            }
        }
    }

    private func stored(_ point: CameraPoint?) async throws -> CameraPointListing {
        guard let id = point?.id, let listing = try await services.points.cameraPoint(id) else {
            throw GatewayError(.failed, "registrationLost", "登记后未能读回该点位。", remedy: "请重试。")
        }
        return listing
    }

    private func snapshot() async throws -> RegistrySnapshot {
        let points = try await services.points.allCameraPoints().map(\.point)
        return RegistrySnapshot(
            points: Dictionary(points.map { ($0.gbCode, $0) }, uniquingKeysWith: { first, _ in first }),
            intermediaries: Dictionary(
                try await services.points.intermediaries().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
            securityCompanies: Dictionary(
                try await services.points.securityCompanies().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The point as export writes it, by header.
    private static func cells(of listing: CameraPointListing) -> [String: String] {
        let draft = PointDraft(listing)
        let columns = PointColumns.columns(of: listing.point.accessMethod)
        return Dictionary(columns.map { ($0.header, $0.write(draft)) }, uniquingKeysWith: { first, _ in first })
    }

    /// A file of one row.
    private func row(_ cells: [String: String], of method: AccessMethod) throws -> [UInt8] {
        let headers = PointColumns.columns(of: method).map(\.header)
        if let foreign = cells.first(where: { !$0.value.isEmpty && !headers.contains($0.key) }) {
            throw GatewayError(
                .invalid, "fieldNotOfMethod", "「\(method.chineseName)」点位没有「\(foreign.key)」。", remedy: "去掉该字段,或改正接入方式。",
                details: ["field": foreign.key])
        }
        let lines = [headers, headers.map { cells[$0] ?? "" }]
        return Array(lines.map { $0.map(SpreadsheetCell.quoted).joined(separator: ",") }.joined(separator: "\r\n").utf8)
    }

    private static func error(of fault: InventoryFault, _ form: DossierForm) -> GatewayError {
        let header = fault.header.map { "「\($0)」" } ?? ""
        var details: [String: String] = [:]
        details["field"] = form.member(of: fault.header) ?? fault.header
        return GatewayError(
            fault.reason == "placeTypeBanned" ? .forbidden : .invalid, fault.reason, header + fault.message, remedy: fault.remedy,
            details: details)
    }
}
