import GatewayCore
import Testing

@testable import RTSP

@Suite struct AuthorizerTests {
    private func parameter(_ name: String, _ text: String?) -> String? {
        text.flatMap { AuthenticationParameters.parseList($0).first?[name] }
    }

    /// RFC 2617 section 3.5.
    @Test func `the vector of RFC 2617`() {
        let challenge = DigestChallenge(realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093")
        let response = challenge.response(
            to: RTSPMethod(rawValue: "GET"), uri: "/dir/index.html", username: "Mufasa", password: "Circle Of Life",
            count: ("00000001", "0a4f113b"), sessionNonce: "")
        #expect(response == "6629fae49393a05397450978507c4ef1")
    }

    /// RFC 7616 section 3.9.1.
    @Test(arguments: [
        (DigestAlgorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ])
    func `the vectors of RFC 7616`(algorithm: DigestAlgorithm, expected: String) {
        let challenge = DigestChallenge(
            realm: "http-auth@example.org", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", algorithm: algorithm)
        var authorizer = Authorizer(
            credentials: StreamCredentials(username: "Mufasa", password: "Circle of Life"),
            clientNonce: { "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" })
        let text = authorizer.authorization(
            for: RTSPMethod(rawValue: "GET"), uri: "/dir/index.html", challenges: [.digest(challenge)])
        #expect(parameter("response", text) == expected)
        #expect(parameter("opaque", text) == challenge.opaque)
        #expect(parameter("nc", text) == "00000001")
    }

    @Test func `nothing is sent before a challenge`() {
        var authorizer = Authorizer(credentials: StreamCredentials(username: "a", password: "b"))
        #expect(authorizer.authorization(for: .options, uri: "rtsp://h/") == nil)
    }

    @Test func `the count grows with each use and begins again with a new nonce`() {
        var authorizer = Authorizer(credentials: StreamCredentials(username: "a", password: "b"))
        func challenge(_ nonce: String) -> [AuthenticationChallenge] { [.digest(DigestChallenge(realm: "r", nonce: nonce))] }
        let texts = [
            authorizer.authorization(for: .describe, uri: "u", challenges: challenge("n")),
            authorizer.authorization(for: .setup, uri: "u"), authorizer.authorization(for: .play, uri: "u"),
            authorizer.authorization(for: .play, uri: "u", challenges: challenge("m")),
        ]
        #expect(texts.map { parameter("nc", $0) } == ["00000001", "00000002", "00000003", "00000001"])
    }

    @Test func `Basic with letters beyond ASCII`() {
        var authorizer = Authorizer(credentials: StreamCredentials(username: "管理", password: "a:b"))
        #expect(authorizer.authorization(for: .describe, uri: "u", challenges: [.basic(realm: "")]) == "Basic 566h55CGOmE6Yg==")
    }

    @Test func `its description shows nothing`() {
        let authorizer = Authorizer(credentials: StreamCredentials(username: "canary-user", password: "canary-word"))
        #expect(!"\(authorizer) \(String(reflecting: authorizer))".contains("canary"))
    }

    static let schemes: [[DigestVerifier.Scheme]] = [
        [.basic], [.digest(.md5)], [.digest(.md5Session)], [.digest(.sha256)], [.digest(.sha256Session)],
        [.basic, .digest(.md5), .digest(.sha256)], [.digest(.sha256), .digest(.md5), .basic], [.digest(.md5), .basic],
    ]

    @Test(arguments: schemes, [false, true]) func `the verifier accepts what the authorizer answers`(
        schemes: [DigestVerifier.Scheme], offersAuth: Bool
    ) {
        let right = StreamCredentials(username: "ad\"m\\in", password: "p@ss:w\"ord")
        for (credentials, verdict) in [
            (right, DigestVerifier.Verdict.accepted), (StreamCredentials(username: right.username, password: "wrong"), .wrong),
        ] {
            var verifier = DigestVerifier(
                realm: "cam", credentials: right, schemes: schemes, offersAuth: offersAuth, opaque: "op")
            var authorizer = Authorizer(credentials: credentials)
            var challenges = AuthenticationChallenge.parse(verifier.challenges())
            for method in [RTSPMethod.describe, .setup, .play] {
                let answer = authorizer.authorization(for: method, uri: "rtsp://h/s", challenges: challenges)
                #expect(verifier.verify(authorization: answer, method: method, uri: "rtsp://h/s") == verdict)
                #expect(
                    verifier.verify(authorization: answer, method: method, uri: "rtsp://h/other") != .accepted
                        || schemes == [.basic])
                challenges = []
            }
        }
    }
}
