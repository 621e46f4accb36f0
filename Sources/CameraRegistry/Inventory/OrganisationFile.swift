import GatewayCore

/// `intermediaries.csv` and `security-companies.csv`: whom indirect points and companies' points name.
package struct OrganisationFile<Organisation: Sendable>: Sendable {
    package let file: String
    package private(set) var organisations: [(organisation: Organisation, line: Int)] = []
    package private(set) var faults: [InventoryFault] = []
    package private(set) var rowCount = 0

    package var hasErrors: Bool { faults.contains { $0.severity == .error } }

    /// - Parameters:
    ///   - blank: what the row is read into.
    ///   - name: the header of the column that identifies a row, and its value.
    init(
        _ bytes: [UInt8], file: String, columns: [InventoryColumn<Organisation>], blank: @escaping () -> Organisation,
        name: (header: String, value: (Organisation) -> String)
    ) {
        self.file = file
        var table = InventoryTable<Organisation>(file: file)
        table.read(
            bytes, columns: columns, mandatory: { !$0.presence.mandatory.isEmpty }, begin: { _ in blank() }, settle: { _ in [] })
        var lines: [String: Int] = [:]
        for row in table.rows {
            let text = name.value(row.draft)
            if !text.isEmpty, let first = lines[text] {
                table.report(
                    CellFault("nameDoubled", "名称与第 \(first) 行重复", "一个名称只登记一行"), line: row.line,
                    column: row.columns[name.header] ?? 0, header: name.header)
                continue
            }
            lines[text] = row.line
            if !row.isRefused { organisations.append((row.draft, row.line)) }
        }
        rowCount = table.rows.count
        faults = table.faults.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }
}

package enum IntermediaryColumns {
    package static let fileName = "intermediaries.csv"

    package static let all: [InventoryColumn<Intermediary>] = [
        InventoryColumn(
            "中介名称", aliases: ["录像机名称", "平台名称"], .everyone,
            read: { (draft, text) throws(CellFault) in draft.name = try CellRule.text(text) }, write: { $0.name }),
        InventoryColumn(
            "设备编码",
            read: { (draft, text) throws(CellFault) in draft.gbCode = try PointColumns.code(text) },
            write: { $0.gbCode?.digits ?? "" }),
        InventoryColumn(
            "类型", .everyone,
            read: { (draft, text) throws(CellFault) in
                draft.kind = try CellRule.term(Intermediary.Kind.named(text), reason: "termUnknown", what: "类型")
            }, write: { $0.kind.chineseName }),
        InventoryColumn(
            "主机地址", aliases: ["IP地址"], .everyone,
            read: { (draft, text) throws(CellFault) in
                guard case .success(let (url, credentials)) = StreamURL.parse("rtsp://\(text)/"), credentials == nil,
                    url.target == "/",
                    !text.contains(":") || url.host.contains(":")
                else { throw CellFault("hostMalformed", "不是主机名或 IP 地址", "只写地址,不带协议、端口和用户名") }
                draft.host = url.host
            }, write: { $0.host.contains(":") ? "[\($0.host)]" : $0.host }),
        InventoryColumn(
            "端口",
            read: { (draft, text) throws(CellFault) in draft.port = try CellRule.whole(text, 1...65_535, unit: "号") },
            write: { String($0.port) }),
        InventoryColumn(
            "通道数", .everyone,
            read: { (draft, text) throws(CellFault) in draft.channels = try CellRule.whole(text, 1...9_999, unit: "路") },
            write: { String($0.channels) }),
        InventoryColumn(
            "安装位置", read: { (draft, text) throws(CellFault) in draft.address = try CellRule.text(text) },
            write: { $0.address ?? "" }),
        InventoryColumn(
            "牵头责任单位", .everyone,
            read: { (draft, text) throws(CellFault) in draft.leadDepartment = try CellRule.text(text) },
            write: { $0.leadDepartment }),
        InventoryColumn(
            "联系电话", read: { (draft, text) throws(CellFault) in draft.contact = try CellRule.text(text) },
            write: { $0.contact ?? "" }),
    ]

    package static func read(_ bytes: [UInt8], file: String = fileName) -> OrganisationFile<Intermediary> {
        OrganisationFile(
            bytes, file: file, columns: all,
            blank: { Intermediary(name: "", kind: .nvr, host: "", channels: 1, leadDepartment: "") },
            name: ("中介名称", { $0.name }))
    }
}

package enum SecurityCompanyColumns {
    package static let fileName = "security-companies.csv"

    package static let all: [InventoryColumn<SecurityCompany>] = [
        text("公司名称", \.name), text("资质类型", \.licenceKind), text("资质编号", \.licenceNumber), text("发证机关", \.licenceIssuer),
        InventoryColumn(
            "有效期至", .everyone,
            read: { (draft, text) throws(CellFault) in
                draft.licenceValidUntil = text == "长期" ? nil : try CellRule.day(text)
            },
            write: { $0.licenceValidUntil?.description ?? "长期" }),
        text("联系人", \.contact), text("联系电话", \.phone),
    ]

    private static func text(
        _ header: String, _ path: WritableKeyPath<SecurityCompany, String> & Sendable
    ) -> InventoryColumn<SecurityCompany> {
        InventoryColumn(
            header, .everyone, read: { (draft, text) throws(CellFault) in draft[keyPath: path] = try CellRule.text(text) },
            write: { $0[keyPath: path] })
    }

    package static func read(_ bytes: [UInt8], file: String = fileName) -> OrganisationFile<SecurityCompany> {
        OrganisationFile(
            bytes, file: file, columns: all,
            blank: {
                SecurityCompany(name: "", licenceKind: "", licenceNumber: "", licenceIssuer: "", contact: "", phone: "")
            },
            name: ("公司名称", { $0.name }))
    }
}
