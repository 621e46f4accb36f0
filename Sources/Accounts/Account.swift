import Foundation
import GatewayCore

/// One person of one unit.
package struct Account: Sendable, Hashable {
    package let id: AccountID
    /// What the person signs in with; unique without regard to case.
    package let name: String
    package let role: Role
    /// Unit as people call it; empty if there is none.
    package let unit: String
    /// The company whose points a `securityCompany` account sees; `nil` for every other role.
    package let securityCompany: SecurityCompanyID?
    package let createdAt: Date
    package let isDisabled: Bool

    package init(
        id: AccountID, name: String, role: Role, unit: String, securityCompany: SecurityCompanyID?, createdAt: Date,
        isDisabled: Bool = false
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.unit = unit
        self.securityCompany = securityCompany
        self.createdAt = createdAt
        self.isDisabled = isDisabled
    }

    /// How names are compared: compatibility forms and case do not tell two apart.
    package static func folded(_ name: String) -> String { name.precomposedStringWithCompatibilityMapping.lowercased() }
}

/// An account that is to be made. ``checked()`` holds it to its limits.
package struct AccountDraft: Sendable, Hashable {
    package var name: String
    package var role: Role
    package var unit: String
    package var securityCompany: SecurityCompanyID?

    package init(name: String, role: Role, unit: String = "", securityCompany: SecurityCompanyID? = nil) {
        self.name = name
        self.role = role
        self.unit = unit
        self.securityCompany = securityCompany
    }

    /// - Throws: `accountNameInvalid`, `unitTooLong`, or `securityCompanyMismatch`.
    package func checked() throws(GatewayError) -> AccountDraft {
        guard (1...64).contains(name.unicodeScalars.count), name.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw GatewayError(
                .invalid, "accountNameInvalid", "账号名须为1至64个字,不含空白和控制字符", details: ["field": "name"])
        }
        guard unit.unicodeScalars.count <= 100 else {
            throw GatewayError(.invalid, "unitTooLong", "单位名称超过100字", details: ["field": "unit"])
        }
        guard (role == .securityCompany) == (securityCompany != nil) else {
            throw GatewayError(
                .invalid, "securityCompanyMismatch", "安防公司账号须且仅须指明所属公司", remedy: "为安防公司账号选择公司,其他角色留空",
                details: ["field": "securityCompany"])
        }
        return self
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
