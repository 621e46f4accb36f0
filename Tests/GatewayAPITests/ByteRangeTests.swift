import Testing

@testable import GatewayAPI

@Suite struct ByteRangeTests {
    @Test(
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-0", .part(0...0)), ("bytes=0-", .part(0...99)), ("bytes=-1", .part(99...99)),
            ("bytes=-1000", .part(0...99)), ("bytes=99-", .part(99...99)), ("bytes=100-", .notSatisfiable),
            ("bytes=-0", .notSatisfiable),
            ("bytes=5-2", .whole), ("bytes=0-1,3-4", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole), ("bytes=", .whole),
            ("items=0-1", .whole), ("bytes=0-99999999999999999999", .whole), ("bytes=10-1000", .part(10...99)),
            ("BYTES=1-2", .part(1...2)), ("bytes=+1-2", .whole),
        ] as [(String?, ByteRange)])
    func readsHeader(header: String?, expected: ByteRange) {
        #expect(ByteRange(header: header, size: 100) == expected)
    }

    @Test func emptyBodyHasNoPart() {
        #expect(ByteRange(header: "bytes=0-", size: 0) == .notSatisfiable)
        #expect(ByteRange(header: "bytes=-5", size: 0) == .notSatisfiable)
    }
}
