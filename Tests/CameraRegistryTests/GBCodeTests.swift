import CameraRegistry
import Testing

struct GBCodeTests {
    @Test func partsAreThoseOfTheRule() throws {
        let code = try #require(GBCode("51132103041320123456"))
        #expect(code.civilCode == "51132103")
        #expect(code.county == "511321")
        #expect(code.industry == "04")
        #expect(code.type == "132")
        #expect(code.network == "0")
        #expect(code.serial == "123456")
        #expect(code.isCamera)
    }

    @Test(
        arguments: [
            ("", GBCode.Fault.character), ("5113210304132012345", .length(19)), ("511321030413201234567", .length(21)),
            ("5113210304132012345a", .character), ("５1132103041320123456", .character), ("00132103041320123456", .province),
            ("5.11321030413201E+19", .spreadsheetNumber), ("5E19", .spreadsheetNumber),
            ("51132103041320100000", .spreadsheetNumber),
            ("51132103041320123456.0", .spreadsheetNumber), ("+51132103041320123456", .character), ("-5", .character),
        ])
    func otherTextsAreNone(text: String, fault: GBCode.Fault) { #expect(GBCode.parse(text) == .failure(fault)) }
}
