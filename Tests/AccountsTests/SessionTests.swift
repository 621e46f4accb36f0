import Foundation
import GatewayCore
import Testing

@testable import Accounts

@Suite struct SessionTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func useMovesTheEndOnButNotForEver() {
        let hour = 3_600.0
        #expect(Session.expiry(createdAt: start, usedAt: start) == start + 12 * hour)
        #expect(Session.expiry(createdAt: start, usedAt: start + 5 * hour) == start + 17 * hour)
        #expect(Session.expiry(createdAt: start, usedAt: start + 70 * hour) == start + 72 * hour)
    }

    @Test func aTokenIs256RandomBitsAndTellsItselfToNoLog() throws {
        let token = SessionToken.random()
        #expect(token.text.utf8.count == 43)
        let padded = token.text.replacing("-", with: "+").replacing("_", with: "/") + "="
        #expect(Data(base64Encoded: padded)?.count == 32)
        #expect(token.text != SessionToken.random().text)
        #expect(!"\(token)".contains(token.text))
        #expect(try #require(SessionToken(token.text)).hash == token.hash)
        #expect(token.hash.count == 32)
    }

    @Test(arguments: [
        "", "short", String(repeating: "a", count: 44), String(repeating: "!", count: 43), "é" + String(repeating: "a", count: 41),
    ])
    func whatHasNotTheShapeIsNoToken(text: String) { #expect(SessionToken(text) == nil) }
}
