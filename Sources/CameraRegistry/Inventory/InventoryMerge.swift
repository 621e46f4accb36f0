import GatewayCore

/// Turns checked drafts into what a registry has to write, given what it holds. A second merge of the same files changes
/// nothing.
package struct InventoryMerge: Sendable {
    private let vault: CredentialVault

    package init(vault: CredentialVault) { self.vault = vault }

    package func organisations(
        intermediaries: [Intermediary], companies: [SecurityCompany], into snapshot: RegistrySnapshot
    ) -> RegistryChanges {
        var changes = RegistryChanges()
        for new in intermediaries {
            let stored = snapshot.intermediaries[new.name]
            let merged = Intermediary(
                id: stored?.id ?? new.id, name: new.name, gbCode: new.gbCode, kind: new.kind, host: new.host, port: new.port,
                channels: new.channels, address: new.address, leadDepartment: new.leadDepartment, contact: new.contact)
            if merged == stored { changes.unchanged += 1 } else { changes.intermediaries.append(merged) }
        }
        for new in companies {
            let stored = snapshot.securityCompanies[new.name]
            let merged = SecurityCompany(
                id: stored?.id ?? new.id, name: new.name, licenceKind: new.licenceKind, licenceNumber: new.licenceNumber,
                licenceIssuer: new.licenceIssuer, licenceValidUntil: new.licenceValidUntil, contact: new.contact, phone: new.phone)
            if merged == stored { changes.unchanged += 1 } else { changes.securityCompanies.append(merged) }
        }
        return changes
    }

    /// - Throws: ``GatewayError`` if a named organisation is not in the snapshot, or a code is another method's.
    package func points(_ drafts: [PointDraft], into snapshot: RegistrySnapshot) throws -> RegistryChanges {
        var changes = RegistryChanges()
        for draft in drafts {
            let stored = snapshot.points[draft.point.gbCode]
            if let stored, stored.accessMethod != draft.point.accessMethod {
                throw GatewayError(
                    .conflict, "gbCodeTaken", "编码 \(stored.gbCode) 已由「\(stored.accessMethod.chineseName)」点位「\(stored.name)」使用",
                    remedy: "核对编码,或先删除原点位")
            }
            let merged = try merge(draft, stored, snapshot)
            if let stored {
                if merged == stored { changes.unchanged += 1 } else { changes.replaced.append(merged) }
            } else {
                changes.inserted.append(merged)
            }
        }
        return changes
    }

    private func merge(_ draft: PointDraft, _ stored: CameraPoint?, _ snapshot: RegistrySnapshot) throws -> CameraPoint {
        var draft = draft
        if let stored { keepAbsentColumns(&draft, stored) }
        var point = draft.point.identified(as: stored?.id ?? draft.point.id)
        if let name = draft.intermediaryName {
            guard let recorder = snapshot.intermediaries[name] else {
                throw GatewayError(.invalid, "intermediaryUnknown", "没有登记「\(name)」", remedy: "先登记该录像机或平台")
            }
            point.intermediary = recorder.id
        }
        if let name = draft.companyName {
            guard let company = snapshot.securityCompanies[name] else {
                throw GatewayError(.invalid, "securityCompanyUnknown", "没有登记「\(name)」", remedy: "先登记该公司及其资质")
            }
            point.securityCompany = company.id
        }
        for index in point.streams.indices {
            let role = point.streams[index].role
            let feed = FeedID(cameraPoint: point.id, stream: role)
            let before = stored?.stream(role)
            if let plain = draft.credentials[role] {
                if let sealed = before?.credentials, (try? vault.open(sealed, of: feed)) == plain {
                    point.streams[index].credentials = sealed
                } else {
                    point.streams[index].credentials = try vault.seal(plain, of: feed)
                }
            } else if before?.url.host == point.streams[index].url.host, before?.url.port == point.streams[index].url.port {
                // An exported file carries no credentials; those of the same host are kept, another host never gets them.
                point.streams[index].credentials = before?.credentials
            }
        }
        return point
    }

    /// A file without a column says nothing about it; a file with an empty cell clears it.
    private func keepAbsentColumns(_ draft: inout PointDraft, _ stored: CameraPoint) {
        let old = PointDraft(point: stored, intermediary: nil, company: nil)
        // How a stream was carried says nothing of another device.
        let moved = draft.point.streams.filter { stream in
            guard let before = stored.stream(stream.role)?.url else { return true }
            return (before.scheme, before.host, before.port) != (stream.url.scheme, stream.url.host, stream.url.port)
        }
        let unknown = draft.headers.union(moved.flatMap { PointColumns.carriageHeaders($0.role) })
        for column in PointColumns.columns(of: stored.accessMethod) where !unknown.contains(column.header) {
            let text = column.write(old)
            if !text.isEmpty { try? column.read(&draft, text) }
        }
        _ = draft.settle()
    }
}
