import Accounts
import GatewayCore

/// One account a role, with a new random password at each start.
struct DemoAccounts {
    struct Entry: Sendable, Encodable {
        let name: String
        let role: String
        let password: String
        /// The account itself stays inside.
        let account: Account

        private enum CodingKeys: String, CodingKey { case name, role, password }
    }

    /// In the order of the roles.
    static func provision(_ stores: GatewayStores, accounts: AccountService) async throws -> [Entry] {
        let company = try await stores.points.securityCompanies().first
        let department = try await stores.points.leadDepartments().first
        var entries: [Entry] = []
        for role in Role.allCases {
            let draft = AccountDraft(
                name: "demo-\(role.rawValue)", role: role,
                unit: unit(of: role, company: company?.name, department: department?.name),
                securityCompany: role == .securityCompany ? company?.id : nil)
            let issued = try await accounts.provision(draft)
            entries.append(
                Entry(name: issued.account.name, role: role.rawValue, password: issued.password, account: issued.account))
        }
        return entries
    }

    private static func unit(of role: Role, company: String?, department: String?) -> String {
        switch role {
        case .securityCompany: company ?? "示例安防公司"
        case .leadDepartment: department ?? "县公安局"
        case .memberUnit: "县应急管理局"
        case .administrator, .auditor, .operator, .callTaker, .commander: "县应急指挥中心"
        }
    }
}
