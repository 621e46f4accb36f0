import Foundation
import GatewayCore
import Testing

@testable import RTSP

@Suite struct DigestVerifierTests {
    let credentials = StreamCredentials(username: "u", password: "p")

    private func answer(_ verifier: DigestVerifier, _ authorizer: inout Authorizer, adopt: Bool) -> String? {
        authorizer.authorization(
            for: .play, uri: "rtsp://h/", challenges: adopt ? AuthenticationChallenge.parse(verifier.challenges()) : [])
    }

    @Test func `an answer to a rotated nonce is stale, not wrong`() {
        var verifier = DigestVerifier(realm: "r", credentials: credentials, offersAuth: true)
        var authorizer = Authorizer(credentials: credentials)
        let first = answer(verifier, &authorizer, adopt: true)
        #expect(verifier.verify(authorization: first, method: .play, uri: "rtsp://h/") == .accepted)
        verifier.rotateNonce()
        let second = answer(verifier, &authorizer, adopt: false)
        #expect(verifier.verify(authorization: second, method: .play, uri: "rtsp://h/") == .stale)
        #expect(verifier.challenges(isStale: true).first?.contains("stale=true") == true)
        let third = answer(verifier, &authorizer, adopt: true)
        #expect(verifier.verify(authorization: third, method: .play, uri: "rtsp://h/") == .accepted)
    }

    @Test func `a replayed answer is not accepted where uses are counted`() {
        var verifier = DigestVerifier(realm: "r", credentials: credentials, offersAuth: true)
        var authorizer = Authorizer(credentials: credentials)
        let text = answer(verifier, &authorizer, adopt: true)
        #expect(verifier.verify(authorization: text, method: .play, uri: "rtsp://h/") == .accepted)
        #expect(verifier.verify(authorization: text, method: .play, uri: "rtsp://h/") == .stale)
    }

    @Test(arguments: [nil, "", "Basic dTpw", "Bearer x", "Digest algorithm=SHA-256"] as [String?])
    func `nothing of use is missing`(text: String?) {
        var verifier = DigestVerifier(realm: "r", credentials: credentials)
        #expect(verifier.verify(authorization: text, method: .play, uri: "u") == .missing)
    }

    @Test(arguments: [
        "Digest", "Digest username=\"u\", realm=\"r\"", "Digest username=\"u\", realm=\"r\", nonce=\"x\", uri=\"u\", response=\"\"",
    ])
    func `half an answer is wrong`(text: String) {
        var verifier = DigestVerifier(realm: "r", credentials: credentials)
        #expect(verifier.verify(authorization: text, method: .play, uri: "u") == .wrong)
    }

    @Test("Basic credentials whose base 64 ends with no, one and two equals signs", arguments: ["p", "pwd", "pw"])
    func basicWithEveryPadding(password: String) {
        let encoded = Data("u:\(password)".utf8).base64EncodedString()
        var verifier = DigestVerifier(
            realm: "r", credentials: StreamCredentials(username: "u", password: password), schemes: [.basic])
        #expect(verifier.verify(authorization: "Basic \(encoded)", method: .describe, uri: "rtsp://h/") == .accepted)
        #expect(verifier.verify(authorization: "Basic \(encoded.dropLast())", method: .describe, uri: "rtsp://h/") != .accepted)
    }
}
