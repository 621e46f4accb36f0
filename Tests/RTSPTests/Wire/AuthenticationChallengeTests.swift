import Testing

@testable import RTSP

@Suite struct AuthenticationChallengeTests {
    private func best(_ values: [String]) -> DigestChallenge? {
        if case .digest(let digest) = AuthenticationChallenge.preferred(of: AuthenticationChallenge.parse(values)) {
            digest
        } else {
            nil
        }
    }

    @Test func `Hikvision offers Digest and Basic in two headers`() throws {
        let values = [
            "Digest realm=\"IP Camera(G1234)\", nonce=\"2d6a:3f\", stale=\"FALSE\"", "Basic realm=\"IP Camera(G1234)\"",
        ]
        for values in [values, values.reversed()] {
            let digest = try #require(best(values))
            #expect(digest.realm == "IP Camera(G1234)" && digest.nonce == "2d6a:3f")
            #expect(digest.algorithm == .md5 && !digest.namesAlgorithm && !digest.offersAuth && !digest.isStale)
        }
    }

    @Test func `several challenges in one header`() {
        let list = AuthenticationChallenge.parse([
            "Basic realm=\"a, b\", Digest realm=\"a\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=MD5, Digest realm=\"a\","
                + " nonce=\"m\", algorithm=\"SHA-256\",qop=auth,opaque=\"\", stale=TRUE, Negotiate, Bearer abc=="
        ])
        #expect(list.count == 3)
        #expect(list.first == .basic(realm: "a, b"))
        guard case .digest(let best) = AuthenticationChallenge.preferred(of: list) else {
            Issue.record("no digest")
            return
        }
        #expect(best.algorithm == .sha256 && best.nonce == "m" && best.opaque == "" && best.isStale && best.offersAuth)
    }

    @Test func `unquoted values with spaces end at the comma`() throws {
        let digest = try #require(best(["digest realm=IP Camera(1), nonce = abc , algorithm=md5-SESS"]))
        #expect(digest.realm == "IP Camera(1)" && digest.nonce == "abc" && digest.algorithm == .md5Session)
    }

    @Test func `escapes are kept as they stand`() throws {
        #expect(try #require(best(["Digest realm=\"a\\\"b\", nonce=\"n\""])).realm == "a\\\"b")
    }

    @Test(arguments: [
        "", "Digest", "Digest realm=\"x\"", "Digest nonce=\"n\", algorithm=SHA-512-256", "Digest nonce=\"n\", qop=\"auth-int\"",
        "NTLM", "=,=,\"", "Digest realm=\"unterminated, nonce=\"n",
    ])
    func `what cannot be answered is left out`(value: String) {
        let challenges = AuthenticationChallenge.parse([value])
        #expect(challenges.allSatisfy { if case .digest(let digest) = $0 { digest.nonce.isEmpty } else { false } })
    }

    @Test func `a challenge survives its own writing`() {
        let challenge = DigestChallenge(realm: "r", nonce: "n", opaque: "o", algorithm: .sha256, isStale: true)
        #expect(AuthenticationChallenge.parse([challenge.serialize()]) == [.digest(challenge)])
    }
}
