import Accounts
import ArgumentParser
import Foundation
import GatewayCore

struct AccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts", abstract: "Who may sign in.", subcommands: [List.self, Add.self, Password.self])

    struct Row: Codable, Sendable {
        let id: String
        let name: String
        let role: String
        let unit: String
        let isDisabled: Bool

        init(_ account: Account) {
            id = account.id.rawValue
            name = account.name
            role = account.role.rawValue
            unit = account.unit
            isDisabled = account.isDisabled
        }
    }

    struct Issued: Codable, Sendable {
        struct Holder: Codable, Sendable {
            let name: String
            let role: String
        }
        let account: Holder
        let password: String

        init(_ issued: IssuedPassword) {
            account = Holder(name: issued.account.name, role: issued.account.role.rawValue)
            password = issued.password
        }

        func print() { StandardStreams.output("\(account.name) (\(account.role)): \(password)") }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the accounts.")
        @OptionGroup var place: DataPlace
        @Flag(help: "JSON instead of a table.") var json = false

        func run() async throws {
            try await reportingFailure {
                let rows = try await place.withGateway(
                    online: { try $0.items("accounts", of: Row.self) },
                    offline: { try await $0.accounts.accounts().map(Row.init) })
                try Table.print(
                    rows, asJSON: json,
                    columns: [
                        ("NAME", { $0.name }), ("ROLE", { $0.role }), ("UNIT", { $0.unit }),
                        ("STATE", { $0.isDisabled ? "disabled" : "enabled" }),
                    ])
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Creates an account and prints its random password once.")
        @OptionGroup var place: DataPlace
        @Argument(help: "What the person signs in with.") var name: String
        @Option(help: "One of \(Role.allCases.map(\.rawValue).joined(separator: ", ")).") var role: Role
        @Option(help: "The person's unit.") var unit = ""
        @Option(help: "Identity of the company, for the role securityCompany.") var securityCompany: String?

        struct Body: Encodable {
            let name: String
            let role: String
            let unit: String
            let securityCompany: String?
        }

        func run() async throws {
            try await reportingFailure {
                let body = Body(name: name, role: role.rawValue, unit: unit, securityCompany: securityCompany)
                let draft = AccountDraft(
                    name: name, role: role, unit: unit, securityCompany: securityCompany.flatMap(SecurityCompanyID.init(rawValue:)))
                try await place.withGateway(
                    online: { try $0.request("POST", "accounts", body: body, as: Issued.self) },
                    offline: { stores in
                        guard try await stores.accounts.credentials(named: name) == nil else {
                            throw GatewayError(
                                .conflict, "accountNameTaken", "there is an account «\(name)» already",
                                remedy: "choose another name")
                        }
                        return Issued(try await AccountService(store: stores.accounts).provision(draft))
                    }
                ).print()
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives an account a new random password and prints it once.")
        @OptionGroup var place: DataPlace
        @Argument(help: "The account's name.") var name: String

        func run() async throws {
            try await reportingFailure {
                try await place.withGateway(
                    online: { control in
                        guard let row = try control.items("accounts", of: Row.self).first(where: { $0.name == name }) else {
                            throw unknown
                        }
                        return try control.request(
                            "POST", "accounts/\(row.id)/password-resets", body: nil as String?, as: Issued.self)
                    },
                    offline: { stores in
                        guard let account = try await stores.accounts.credentials(named: name)?.account else { throw unknown }
                        return Issued(
                            try await AccountService(store: stores.accounts).provision(AccountDraft(name: name, role: account.role))
                        )
                    }
                ).print()
            }
        }

        private var unknown: GatewayError {
            GatewayError(.notFound, "accountNotFound", "there is no account «\(name)»", remedy: "lookout accounts list shows them")
        }
    }
}

extension Role: ExpressibleByArgument {}
