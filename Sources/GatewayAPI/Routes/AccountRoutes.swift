import Accounts
import Foundation
import GatewayCore

struct AccountBody: Encodable, Sendable {
    var id: String
    var name: String
    var role: String
    var unit: String
    @OrNull var securityCompany: String?

    init(_ account: Account) {
        id = account.id.rawValue
        name = account.name
        role = account.role.rawValue
        unit = account.unit
        securityCompany = account.securityCompany?.rawValue
    }
}

/// `accounts`: the administrator's list, and everyone's own password.
struct AccountRoutes {
    struct ListedBody: Encodable, Sendable {
        var account: AccountBody
        var createdAt: Date
        var isDisabled: Bool

        private enum CodingKeys: String, CodingKey { case createdAt, isDisabled }

        init(_ account: Account) {
            self.account = AccountBody(account)
            createdAt = account.createdAt
            isDisabled = account.isDisabled
        }

        func encode(to encoder: any Encoder) throws {
            try account.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(createdAt, forKey: .createdAt)
            try container.encode(isDisabled, forKey: .isDisabled)
        }
    }

    struct IssuedBody: Encodable, Sendable {
        var account: AccountBody
        /// Told this once.
        var password: String

        init(_ issued: IssuedPassword) {
            account = AccountBody(issued.account)
            password = issued.password
        }
    }

    struct CreationRequest: Decodable {
        var name: String
        var role: Role
        var unit: String?
        var securityCompany: SecurityCompanyID?
    }

    struct ChangeRequest: Decodable {
        var isDisabled: Bool
    }

    struct PasswordRequest: Decodable {
        var current: String
        var password: String
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let accounts = services.accounts
        table.on(.get, "accounts", .right(.account, .read)) { call in
            try .json(ListBody(whole: try await accounts.accounts(for: call.caller.account).map(ListedBody.init)))
        }
        table.on(.post, "accounts", .right(.account, .write)) { call in
            let request = try await call.body(CreationRequest.self)
            let draft = AccountDraft(
                name: request.name, role: request.role, unit: request.unit ?? "", securityCompany: request.securityCompany)
            return try .json(IssuedBody(try await accounts.create(draft, by: call.caller.account)), status: .created)
        }
        table.on(.patch, "accounts/:account", .right(.account, .write)) { call in
            let id = try call.identifier("account", AccountSubject.self)
            let request = try await call.body(ChangeRequest.self)
            try await accounts.setDisabled(request.isDisabled, account: id, by: call.caller.account)
            guard let account = try await accounts.account(id) else {
                throw GatewayError(.notFound, "accountNotFound", "没有该账号。", details: ["account": id.rawValue])
            }
            return try .json(ListedBody(account))
        }
        table.on(.post, "accounts/:account/password-resets", .right(.account, .write)) { call in
            let issued = try await accounts.resetPassword(of: try call.identifier("account"), by: call.caller.account)
            return try .json(IssuedBody(issued), status: .created)
        }
        table.on(.put, "sessions/current/password", .signedIn) { call in
            guard let session = call.caller.session else {
                throw GatewayError(.forbidden, "noSession", "控制套接字没有个人密码。", remedy: "请以个人账号登录。")
            }
            let request = try await call.body(PasswordRequest.self)
            try await accounts.setOwnPassword(
                request.password, current: request.current, of: SignedIn(session: session, account: call.caller.account))
            return .noContent
        }
    }
}
