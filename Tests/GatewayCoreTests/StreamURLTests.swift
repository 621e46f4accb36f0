import GatewayCore
import Testing

@Suite struct StreamURLTests {
    private func parsed(_ text: String) -> (url: StreamURL, credentials: StreamCredentials?)? { try? StreamURL.parse(text).get() }

    @Test func splitsCredentialsFromTheAddress() throws {
        let (url, credentials) = try #require(parsed("rtsp://admin:pass@198.51.100.7:8554/Streaming/Channels/101?x=1"))
        #expect(url.unredacted == "rtsp://198.51.100.7:8554/Streaming/Channels/101?x=1")
        #expect(credentials == StreamCredentials(username: "admin", password: "pass"))
    }

    @Test(
        "passwords as they are found in the field",
        arguments: [
            ("rtsp://admin:p@ss@198.51.100.7/a", "p@ss"), ("rtsp://admin:a:b@198.51.100.7/a", "a:b"),
            ("rtsp://admin:p%40%2F@198.51.100.7/a", "p@/"), ("rtsp://admin:pa/ss@198.51.100.7/a", "pa/ss"),
            ("rtsp://admin:@198.51.100.7/a", ""), ("rtsp://admin@198.51.100.7/a", ""), ("rtsp://admin:100%@198.51.100.7/a", "100%"),
            ("rtsp://admin:p?ss@198.51.100.7/a", "p?ss"), ("rtsp://admin:p#/?:@@198.51.100.7/a", "p#/?:@"),
        ])
    func oddPasswords(text: String, password: String) throws {
        let (url, credentials) = try #require(parsed(text))
        #expect(credentials?.username == "admin")
        #expect(credentials?.password == password)
        #expect(url.host == "198.51.100.7")
        #expect(url.target == "/a")
    }

    @Test("an @ in the path or query is not a credential")
    func atSignsElsewhere() throws {
        let (url, credentials) = try #require(parsed("rtsp://198.51.100.7/a?user=x@y"))
        #expect(credentials == nil)
        #expect(url.target == "/a?user=x@y")
        #expect(try #require(parsed("rtsp://198.51.100.7:554/a@b")).credentials == nil)
    }

    @Test func nothingPrintsAPassword() throws {
        let (url, credentials) = try #require(parsed("rtsp://admin:hunter2@198.51.100.7/a"))
        let shown = "\(url) \(String(reflecting: url)) \(try #require(credentials)) \(String(reflecting: credentials))"
        #expect(!shown.contains("hunter2"))
    }

    @Test(
        "addresses that hold a password",
        arguments: [
            ("rtsp://h/live?user=admin&password=hunter2", "rtsp://h/live?user=…&password=…"),
            ("rtsp://h:8554/cam?channel=1&hunter2", "rtsp://h:8554/cam?channel=…&…"), ("rtsp://h?hunter2", "rtsp://h/?…"),
            ("rtsp://h/user=admin_password=hunter2_channel=1_stream=0.sdp?real_stream", "rtsp://h/user=admin_password=…?…"),
            ("rtsp://h/a/PWD=hunter2", "rtsp://h/a/PWD=…"), ("rtsp://h/a/İtoken=hunter2", "rtsp://h/a/İtoken=…"),
            ("rtsp://h/Streaming/Channels/101", "rtsp://h/Streaming/Channels/101"), ("rtsp://h/a?", "rtsp://h/a?"),
        ])
    func redactedAddresses(text: String, shown: String) throws {
        let url = try #require(parsed(text)).url
        #expect("\(url)" == shown && String(reflecting: url) == shown)
        #expect(parsed(url.unredacted)?.url == url, "what is stored leads to the same camera")
    }

    @Test func addressForAProgramHasItsCredentials() throws {
        let (url, credentials) = try StreamURL.parse("rtmp://op:p%40s/s@h/live?x=1").get()
        #expect(url.port == 1_935 && "\(url)" == "rtmp://h/live?x=…")
        #expect(url.address(with: credentials) == "rtmp://op:p%40s%2Fs@h/live?x=1")
        #expect(url.address(with: nil) == "rtmp://h/live?x=1")
    }

    @Test(arguments: [
        ("ftp://198.51.100.7/", StreamURL.ParseError.scheme("ftp")), ("file:///etc/passwd", .scheme("file")),
        ("198.51.100.7/a", .scheme("")),
        ("rtsp:///a", .host), ("rtsp://:554/a", .host), ("rtsp://a b/c", .character), ("rtsp://h:0/", .port),
        ("rtsp://h:70000/", .port),
        ("rtsp://h:5x/", .port), ("rtsp://h\n/", .character), ("rtsp://[::1/a", .host),
    ])
    func refuses(text: String, expected: StreamURL.ParseError) {
        guard case .failure(let error) = StreamURL.parse(text) else {
            Issue.record("taken: \(text)")
            return
        }
        #expect(error == expected)
    }

    @Test func readsIPv6() throws {
        let url = try #require(parsed("rtsp://[2001:db8::1]:8554/a")).url
        #expect(url.host == "2001:db8::1")
        #expect(url.authority == "[2001:db8::1]:8554")
    }

    @Test func theDefaultPortIsLeftOut() throws {
        #expect(try #require(parsed("rtsp://h:554/a")).url.description == "rtsp://h/a")
        #expect(try #require(parsed("rtsps://h/a")).url.port == 322)
    }

    @Test func randomTextNeverTraps() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("rtsp:/@?#[]%:.a1 é中\n")
        for _ in 0..<20_000 {
            let tail = String(
                (0..<Int.random(in: 0...24, using: &generator)).compactMap { _ in alphabet.randomElement(using: &generator) })
            _ = StreamURL.parse("rtsp://" + tail)
            _ = StreamURL.parse(tail)
        }
    }
}
