import GatewayCore

/// The one table that says who may do what: role × resource × action.
///
/// What is not in it is refused. A right of a scope other than `all` still has to be held against the thing itself.
package enum PermissionTable {
    package struct Row: Sendable {
        package let resource: Resource
        package let action: Action
        package let scopes: [Role: Scope]
    }

    package static let rows: [Row] = [
        row(
            .cameraPoint, .read,
            [
                .administrator: .all, .operator: .all, .callTaker: .all, .commander: .all, .leadDepartment: .own,
                .securityCompany: .own,
            ]),
        row(.cameraPoint, .write, [.administrator: .all, .leadDepartment: .own]),
        row(.streamAddress, .read, [.administrator: .all, .leadDepartment: .own]),
        // As the dossier, but for the administrator, who sees no pictures.
        row(
            .thumbnail, .read,
            [
                .operator: .governmentBuilt, .callTaker: .governmentBuilt, .commander: .governmentBuilt, .leadDepartment: .own,
                .securityCompany: .own,
            ]),
        row(
            .ownerContact, .read,
            [
                .administrator: .all, .operator: .all, .callTaker: .all, .commander: .all, .leadDepartment: .own,
                .securityCompany: .own,
            ]),
        row(
            .organisation, .read,
            [
                .administrator: .all, .operator: .all, .callTaker: .all, .commander: .all, .leadDepartment: .all,
                .securityCompany: .own, .memberUnit: .own,
            ]),
        row(.organisation, .write, [.administrator: .all]),
        row(
            .probe, .read,
            [
                .administrator: .all, .operator: .all, .callTaker: .all, .commander: .all, .leadDepartment: .own,
                .securityCompany: .own,
            ]),
        row(
            .probe, .run,
            [.administrator: .all, .operator: .all, .commander: .all, .leadDepartment: .own, .securityCompany: .own]),
        row(
            .incident, .read,
            [.administrator: .all, .operator: .all, .callTaker: .all, .commander: .all, .memberUnit: .shared]),
        row(.incident, .write, [.operator: .all, .callTaker: .all, .commander: .all]),
        row(.incident, .command, [.commander: .all]),
        row(
            .journal, .read,
            [.auditor: .all, .operator: .all, .callTaker: .all, .commander: .all, .memberUnit: .shared]),
        row(.journal, .write, [.operator: .all, .callTaker: .all, .commander: .all, .memberUnit: .shared]),
        row(.suggestion, .read, [.operator: .all, .commander: .all]),
        row(.link, .read, [.operator: .all, .callTaker: .all, .commander: .all, .memberUnit: .shared]),
        row(.link, .write, [.operator: .all, .commander: .all]),
        row(.video, .incident, [.operator: .all, .commander: .all, .memberUnit: .shared]),
        row(.video, .patrol, [.operator: .governmentBuilt, .commander: .governmentBuilt]),
        row(.video, .acceptance, [.leadDepartment: .own, .securityCompany: .own]),
        row(.video, .maintenance, [.leadDepartment: .own, .securityCompany: .own]),
        row(
            .publishing, .read,
            [
                .administrator: .all, .operator: .all, .commander: .all, .leadDepartment: .own, .securityCompany: .own,
            ]),
        row(.publishing, .write, [.administrator: .all, .leadDepartment: .own, .securityCompany: .own]),
        row(.publishingRegister, .read, [.administrator: .all, .auditor: .all]),
        row(.footage, .read, [.operator: .all, .commander: .all]),
        row(.feed, .read, [.administrator: .all, .operator: .all, .commander: .all]),
        row(
            .event, .read,
            [
                .administrator: .all, .operator: .all, .callTaker: .all, .commander: .all, .leadDepartment: .own,
                .securityCompany: .own, .memberUnit: .shared,
            ]),
        row(.account, .read, [.administrator: .all]),
        row(.account, .write, [.administrator: .all]),
        row(.viewingRegister, .read, [.auditor: .all]),
        row(.linkRegister, .read, [.auditor: .all]),
        row(.system, .read, [.administrator: .all]),
        row(.system, .write, [.administrator: .all]),
    ]

    /// How far the right of this role reaches; `nil` if it has none.
    package static func scope(of role: Role, on resource: Resource, for action: Action) -> Scope? {
        cells[Key(resource: resource, action: action)]?[role]
    }

    /// The scope, or `forbidden` with reason `roleMayNot`.
    @discardableResult
    package static func require(_ role: Role, on resource: Resource, for action: Action) throws(GatewayError) -> Scope {
        if let scope = scope(of: role, on: resource, for: action) { return scope }
        throw GatewayError(
            .forbidden, "roleMayNot", "「\(role.name)」无此权限",
            details: ["role": role.rawValue, "resource": resource.rawValue, "action": action.rawValue])
    }

    private struct Key: Hashable {
        let resource: Resource
        let action: Action
    }

    private static let cells = Dictionary(
        rows.map { (Key(resource: $0.resource, action: $0.action), $0.scopes) }, uniquingKeysWith: { first, _ in first })

    private static func row(_ resource: Resource, _ action: Action, _ scopes: [Role: Scope]) -> Row {
        Row(resource: resource, action: action, scopes: scopes)
    }
}
