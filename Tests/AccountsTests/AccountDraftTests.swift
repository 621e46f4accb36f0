import GatewayCore
import Testing

@testable import Accounts

@Suite struct AccountDraftTests {
    @Test(arguments: ["张三", "op-1", "a"])
    func namesOfPeopleAreTaken(name: String) throws {
        #expect(try AccountDraft(name: name, role: .operator).checked().name == name)
    }

    @Test(arguments: ["", " ", "a b", "a\u{0}", "a\u{200B}b", "a\u{202E}b", String(repeating: "字", count: 65)])
    func namesThatDeceiveAreRefused(name: String) {
        let error = #expect(throws: GatewayError.self) { try AccountDraft(name: name, role: .operator).checked() }
        #expect(error?.reason == "accountNameInvalid")
    }

    @Test func aCompanyBelongsToCompanyAccountsOnly() throws {
        #expect(throws: GatewayError.self) { try AccountDraft(name: "a", role: .securityCompany).checked() }
        #expect(throws: GatewayError.self) {
            try AccountDraft(name: "a", role: .operator, securityCompany: .random()).checked()
        }
        #expect(throws: Never.self) { try AccountDraft(name: "a", role: .securityCompany, securityCompany: .random()).checked() }
    }
}
