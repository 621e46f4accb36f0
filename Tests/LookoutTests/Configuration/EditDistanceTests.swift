import Testing

@testable import lookout

@Suite struct EditDistanceTests {
    @Test(arguments: [
        ("port", "port", 0), ("prot", "port", 1), ("prt", "port", 1), ("PORT", "port", 0), ("", "abc", 3), ("kitten", "sitting", 3),
    ])
    func distance(one: String, other: String, expected: Int) {
        #expect(EditDistance.between(one, other) == expected)
        #expect(EditDistance.between(other, one) == expected)
    }

    @Test func nothingNearIsNothing() {
        #expect(EditDistance.nearest(to: "hots", in: ["host", "port"]) == "host")
        #expect(EditDistance.nearest(to: "completely", in: ["host", "port"]) == nil)
    }
}
