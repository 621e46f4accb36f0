/// What a person is to the gateway. Roles stand apart: who runs the system sees no video, who audits does nothing else.
package enum Role: String, Sendable, Codable, Hashable, CaseIterable {
    case administrator, auditor, `operator`, callTaker, commander, leadDepartment, securityCompany, memberUnit

    package var name: String {
        switch self {
        case .administrator: "系统管理员"
        case .auditor: "审计员"
        case .operator: "视频调度员"
        case .callTaker: "接警员"
        case .commander: "指挥长"
        case .leadDepartment: "牵头责任单位"
        case .securityCompany: "安防公司"
        case .memberUnit: "成员单位"
        }
    }
}
