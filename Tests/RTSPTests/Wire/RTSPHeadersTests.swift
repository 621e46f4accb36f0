import Testing

@testable import RTSP

@Suite struct RTSPHeadersTests {
    @Test func `names compare without case and order is kept`() {
        var headers: RTSPHeaders = ["CSeq": "1", "WWW-Authenticate": "Basic", "www-authenticate": "Digest", "Session": "a"]
        #expect(headers["cseq"] == "1")
        #expect(headers.all("WWW-AUTHENTICATE") == ["Basic", "Digest"])
        headers.replace("Www-Authenticate", "None")
        #expect(headers.fields.map(\.value) == ["1", "None", "a"])
        headers["session"] = nil
        headers["Range"] = "npt=0-"
        #expect(headers.fields.map(\.name) == ["CSeq", "Www-Authenticate", "Range"])
    }

    @Test(arguments: [("CSeq", "cSEQ", true), ("A[", "A{", false), ("a@", "a`", false), ("abc", "abcd", false), ("", "", true)])
    func `only letters have a case`(lhs: String, rhs: String, isEqual: Bool) {
        #expect(lhs.equalsIgnoringCase(rhs) == isEqual)
    }
}
