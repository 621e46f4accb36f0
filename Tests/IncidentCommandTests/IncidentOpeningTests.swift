import GatewayCore
import Testing

@testable import IncidentCommand

@Suite struct IncidentOpeningTests {
    private func actor(_ role: String) -> IncidentActor { IncidentActor(id: .random(), name: "甲", role: role) }

    @Test(arguments: ["operator", "callTaker", "commander"])
    func threeRolesOpen(role: String) throws {
        let opening = try IncidentOpening(title: "  火情\n", category: .accident, address: " ").checked(by: actor(role))
        #expect(opening.title == "火情")
        #expect(opening.address == nil)
    }

    @Test(arguments: ["administrator", "auditor", "leadDepartment", "securityCompany", "memberUnit", "", "observer"])
    func nobodyElseOpens(role: String) {
        let error = #expect(throws: GatewayError.self) {
            try IncidentOpening(title: "火情", category: .accident).checked(by: actor(role))
        }
        #expect(error?.reason == "roleMayNotOpen")
    }

    @Test func textsAreBounded() throws {
        let longest = String(repeating: "火", count: 200)
        #expect(try IncidentOpening(title: longest, category: .accident).checked(by: actor("operator")).title == longest)
        for (title, reason) in [(longest + "火", "textTooLong"), (" \n", "titleMissing"), ("a\u{0}b", "controlCharacter")] {
            let error = #expect(throws: GatewayError.self) {
                try IncidentOpening(title: title, category: .accident).checked(by: actor("operator"))
            }
            #expect(error?.reason == reason)
        }
    }
}
