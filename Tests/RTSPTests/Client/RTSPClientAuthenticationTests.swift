import GatewayCore
import NIOCore
import Testing

@testable import RTSP

/// 401 and 3xx, without sockets.
@Suite struct RTSPClientAuthenticationTests {
    typealias Play = RTSPClientStateMachineTests.Play

    let credentials = StreamCredentials(username: "canary-user", password: "canary-word")
    let challenge = "Digest realm=\"r\", nonce=\"one\""

    private func atDescribe(_ credentials: StreamCredentials?) throws -> Play {
        var play = try Play(credentials: credentials)
        play.actions = play.machine.connected()
        play.answer(200)
        return play
    }

    @Test func `a challenge is answered once, a second one ends it`() throws {
        var play = try atDescribe(credentials)
        play.answer(401, ["WWW-Authenticate": challenge])
        #expect(play.request?.method == .describe)
        #expect(play.request?.headers["Authorization"]?.contains("nonce=\"one\"") == true)
        #expect(play.actions.last == .deadline(.seconds(5)))
        play.answer(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"two\""])
        #expect(play.error?.outcome == .unauthorized && play.error?.advice == .giveUp)
    }

    @Test func `a stale nonce is replaced, but not for ever`() throws {
        var play = try atDescribe(credentials)
        play.answer(401, ["WWW-Authenticate": challenge])
        play.answer(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"two\", stale=true"])
        #expect(play.request?.headers["Authorization"]?.contains("nonce=\"two\"") == true)
        play.answer(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"three\", stale=true"])
        #expect(play.error?.outcome == .unauthorized)
    }

    @Test func `a nonce rotated in the middle of the session is followed`() throws {
        var play = try atDescribe(credentials)
        play.answer(401, ["WWW-Authenticate": challenge])
        play.answer(200, body: RTSPClientStateMachineTests.sdp)
        #expect(play.request?.headers["Authorization"]?.contains("nonce=\"one\"") == true)
        play.answer(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"two\""])
        #expect(play.request?.method == .setup && play.request?.headers["Authorization"]?.contains("nonce=\"two\"") == true)
        play.answer(200, ["Session": "1"])
        play.answer(200)
        play.actions = play.machine.keepAliveDue()
        play.answer(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"three\""])
        #expect(play.request?.headers["Authorization"]?.contains("nonce=\"three\"") == true)
        #expect(play.actions.count == 1, "a keep-alive has no deadline of its own")
    }

    @Test func `a camera that closes after its challenge is dialled again with the answer`() throws {
        var play = try atDescribe(credentials)
        play.answer(401, ["WWW-Authenticate": challenge, "Connection": "close"])
        #expect(play.actions.first == .dial(play.machine.url))
        play.actions = play.machine.connected()
        #expect(play.request?.headers["Authorization"] != nil)
        play.answer(401, ["WWW-Authenticate": "Digest realm=\"r\", nonce=\"two\"", "Connection": "close"])
        #expect(play.error?.outcome == .unauthorized)
    }

    @Test(arguments: [["NTLM"], [], ["Digest realm=\"x\""]]) func `a challenge nobody can answer`(values: [String]) throws {
        var play = try atDescribe(credentials)
        var headers = RTSPHeaders()
        for value in values { headers.add("WWW-Authenticate", value) }
        play.answer(401, headers)
        #expect(play.error?.outcome == .unauthorized)
    }

    @Test func `without credentials a challenge ends it`() throws {
        var play = try atDescribe(nil)
        play.answer(401, ["WWW-Authenticate": challenge])
        #expect(play.error?.outcome == .unauthorized && play.error?.advice == .giveUp)
    }

    @Test func `a redirect is followed without credentials`() throws {
        var play = try atDescribe(credentials)
        play.answer(401, ["WWW-Authenticate": "Basic realm=\"r\""])
        #expect(play.request?.headers["Authorization"]?.hasPrefix("Basic ") == true)
        play.answer(302, ["Location": "rtsp://evil:word@198.51.100.9:8554/other"])
        #expect(play.actions.first == .dial(StreamURL(host: "198.51.100.9", port: 8_554, target: "/other")))
        play.actions = play.machine.connected()
        #expect(play.request?.uri == "rtsp://198.51.100.9:8554/other" && play.request?.headers["Authorization"] == nil)
        play.answer(401, ["WWW-Authenticate": "Basic realm=\"r\""])
        #expect(play.error?.outcome == .unauthorized)
    }

    @Test(arguments: [
        "rtsp://192.0.2.1/live", "rtsp://192.0.2.1:554/live", "http://192.0.2.1/", "rtsps://192.0.2.1/live", "file:///etc/passwd",
        "", "/relative",
    ])
    func `redirects that are not followed`(location: String) throws {
        var play = try atDescribe(credentials)
        play.answer(301, ["Location": location])
        #expect(play.error?.outcome == .redirected && play.error?.advice == .giveUp)
    }

    @Test func `a fourth redirect ends it`() throws {
        var play = try atDescribe(nil)
        for hop in 1...3 {
            play.answer(302, ["Location": "rtsp://192.0.2.1/\(hop)"])
            #expect(play.error == nil)
            play.actions = play.machine.connected()
        }
        play.answer(302, ["Location": "rtsp://192.0.2.1/4"])
        #expect(play.error?.outcome == .redirected)
    }

    @Test func `a circle of two ends it`() throws {
        var play = try atDescribe(nil)
        play.answer(302, ["Location": "rtsp://192.0.2.1/other"])
        play.actions = play.machine.connected()
        play.answer(302, ["Location": "rtsp://192.0.2.1/live"])
        #expect(play.error?.outcome == .redirected)
    }

    @Test func `no error shows a credential`() throws {
        for status in [301, 401, 403, 404, 453, 500] {
            var play = try atDescribe(credentials)
            play.answer(401, ["WWW-Authenticate": challenge])
            play.answer(status, ["Location": "rtsp://canary-user:canary-word@h/", "WWW-Authenticate": challenge])
            if let error = play.error { #expect(!"\(error) \(String(reflecting: error))".contains("canary")) }
        }
    }
}
