import GatewayCore

/// A folder of inventory files, read and checked together.
package struct Inventory: Sendable {
    package private(set) var intermediaries: OrganisationFile<Intermediary>?
    package private(set) var companies: OrganisationFile<SecurityCompany>?
    package private(set) var points: [PointFile] = []

    /// In the order of the files and, in each, of the lines.
    package var faults: [InventoryFault] {
        (intermediaries?.faults ?? []) + (companies?.faults ?? []) + points.flatMap(\.faults)
    }

    package var hiddenFaults: Int { points.reduce(0) { $0 + $1.hiddenFaults } }
    package var hasErrors: Bool { hiddenFaults > 0 || faults.contains { $0.severity == .error } }

    /// - Parameters:
    ///   - files: name without folder, and content. Names that are none of an inventory's are ignored.
    ///   - known: what the registry already holds: organisations that a file may name, codes that a file may not take from
    ///     another access method.
    package init(files: [(name: String, bytes: [UInt8])], known: RegistrySnapshot = RegistrySnapshot()) {
        for file in files where file.name == IntermediaryColumns.fileName {
            intermediaries = IntermediaryColumns.read(file.bytes)
        }
        for file in files where file.name == SecurityCompanyColumns.fileName {
            companies = SecurityCompanyColumns.read(file.bytes)
        }
        for method in AccessMethod.allCases {
            for file in files where PointFile.method(ofFile: file.name) == method {
                points.append(PointFile(file.bytes, file: file.name, method: method))
            }
        }
        check(against: known)
    }

    /// One file of points by itself, as it is uploaded.
    package init(_ file: PointFile, known: RegistrySnapshot) {
        points = [file]
        check(against: known)
    }

    private mutating func check(against known: RegistrySnapshot) {
        var recorders = known.intermediaries
        // A file with an error is not imported, so nothing may lean on it.
        let newRecorders = intermediaries.map { $0.hasErrors ? [] : $0.organisations } ?? []
        let newCompanies = companies.map { $0.hasErrors ? [] : $0.organisations } ?? []
        for entry in newRecorders { recorders[entry.organisation.name] = entry.organisation }
        var companyNames = Set(known.securityCompanies.keys)
        companyNames.formUnion(newCompanies.map(\.organisation.name))
        var seen: [GBCode: (file: String, line: Int)] = [:]
        for index in points.indices {
            let file = points[index]
            var found: [InventoryFault] = []
            var own: [GBCode: Int] = [:]
            for (code, line, column) in file.codes {
                var message: String?
                if let other = seen[code] {
                    message = "编码与 \(other.file) 第 \(other.line) 行重复"
                } else if let stored = known.points[code], stored.accessMethod != file.method {
                    message = "编码已由「\(stored.accessMethod.chineseName)」点位「\(stored.name)」使用"
                }
                own[code] = own[code] ?? line
                guard let message else { continue }
                found.append(
                    InventoryFault(
                        reason: "gbCodeDoubled", file: file.file, line: line, column: column, header: "设备编码",
                        message: message, remedy: "一个点位一个编码,核对后改正其中一个"))
            }
            for (code, line) in own where seen[code] == nil { seen[code] = (file.file, line) }
            for draft in file.drafts {
                found += Self.checkOrganisations(draft, file: file.file, recorders: recorders, companies: companyNames)
            }
            points[index].add(found)
        }
    }

    private static func checkOrganisations(
        _ draft: PointDraft, file: String, recorders: [String: Intermediary], companies: Set<String>
    ) -> [InventoryFault] {
        func fault(_ severity: InventoryFault.Severity, _ header: String, _ cell: CellFault) -> InventoryFault {
            InventoryFault(
                severity: severity, reason: cell.reason, file: file, line: draft.line,
                column: draft.columns[header] ?? 0, header: header, message: cell.message, remedy: cell.remedy)
        }
        var found: [InventoryFault] = []
        if let name = draft.intermediaryName {
            if let recorder = recorders[name] {
                if let channel = draft.point.channel, channel > recorder.channels {
                    found.append(
                        fault(
                            .error, "通道号",
                            CellFault("channelOutOfRange", "「\(name)」只有 \(recorder.channels) 个通道", "核对通道号,或改正中介的通道数")))
                }
                for stream in draft.point.streams where stream.url.host != recorder.host {
                    found.append(
                        fault(
                            .warning, stream.role == .main ? "主码流地址" : "子码流地址",
                            CellFault("hostDiffers", "码流主机不是「\(name)」的 \(recorder.host)", "核对中介或码流地址")))
                }
            } else {
                found.append(
                    fault(
                        .error, "接入中介",
                        CellFault("intermediaryUnknown", "没有登记「\(name)」", "先在 \(IntermediaryColumns.fileName) 登记该录像机或平台")))
            }
        }
        if let name = draft.companyName, !companies.contains(name) {
            found.append(
                fault(
                    .error, "安防公司",
                    CellFault("securityCompanyUnknown", "没有登记「\(name)」", "先在 \(SecurityCompanyColumns.fileName) 登记该公司及其资质")))
        }
        return found
    }
}
