import Testing

@testable import IncidentCommand

@Suite struct JSONValueTests {
    @Test func anObjectComesBackAsItWas() throws {
        let object: [String: JSONValue] = [
            "z": nil, "a": [1, 2.5, "文/字", true, ["x": -9_007_199_254_740_993]], "b": "\"\\\n\u{1}",
        ]
        let text = try JSONValue.text(of: object)
        #expect(text.hasPrefix(#"{"a":[1,2.5,"文/字",true,{"x":-9007199254740993}],"b":"#))
        #expect(!text.contains("\n"))
        #expect(try JSONValue.object(from: text) == object)
    }

    @Test(arguments: ["", "[]", "{", "null", #"{"a":}"#])
    func whatIsNoObjectIsRefused(text: String) {
        #expect(throws: DecodingError.self) { try JSONValue.object(from: text) }
    }
}
