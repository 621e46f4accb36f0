import Foundation
import Testing

@testable import Accounts

@Suite struct PasswordGeneratorTests {
    @Test func aPasswordHasAtLeastEightyBitsAndNothingToMistake() {
        let password = PasswordGenerator.password()
        let characters = password.filter { $0 != "-" }
        #expect(password.split(separator: "-").map(\.count) == [5, 5, 5, 5])
        #expect(Double(characters.count) * log2(Double(Set(PasswordGenerator.alphabet).count)) >= 80)
        #expect(Set(PasswordGenerator.alphabet).isDisjoint(with: "01ilo"))
        #expect(throws: Never.self) { try PasswordRule.check(password) }
    }

    @Test func everyCharacterComesUpAndNoPasswordTwice() {
        let passwords = (0..<500).map { _ in PasswordGenerator.password() }
        #expect(Set(passwords).count == 500)
        #expect(Set(passwords.joined()) == Set(PasswordGenerator.alphabet + ["-"]))
    }
}
