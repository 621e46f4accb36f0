import Testing

@testable import RTSP

@Suite struct SessionHeaderTests {
    @Test(arguments: [
        ("12345678", "12345678", Duration?.none), ("abc;timeout=60", "abc", .seconds(60)),
        (" abc ; Timeout = 30 ", "abc", .seconds(30)), ("abc;timeout=60s", "abc", .seconds(60)), ("abc;timeout=-1", "abc", nil),
        ("abc;timeout=0", "abc", nil), ("abc;timeout=99999999999999999999", "abc", nil),
        ("abc;timeout=4000000000", "abc", .seconds(86_400)),
    ])
    func `identifier and timeout`(text: String, id: String, timeout: Duration?) {
        #expect(SessionHeader.parse(text) == SessionHeader(id: id, timeout: timeout))
    }

    @Test(arguments: ["", ";timeout=60", " "]) func `without identifier there is none`(text: String) {
        #expect(SessionHeader.parse(text) == nil)
    }

    @Test func `a round trip`() {
        #expect(SessionHeader.parse(SessionHeader(id: "x", timeout: .seconds(45)).serialize())?.timeout == .seconds(45))
    }
}
