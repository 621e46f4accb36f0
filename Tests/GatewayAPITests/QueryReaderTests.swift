import CameraRegistry
import Foundation
import GatewayCore
import Testing

@testable import GatewayAPI

@Suite struct QueryReaderTests {
    @Test func decodesNamesAndValues() {
        let query = QueryReader("q=%E5%8C%97+%E6%A1%A5&a=1&a=2&empty=&flag")
        #expect(query["q"] == "北 桥")
        #expect(query["a"] == "1")
        #expect(query["empty"] == nil)
        #expect(query["flag"] == nil)
    }

    @Test(arguments: ["%", "%4", "%zz", "a%FFb"]) func brokenEscapesStayAsTheyAre(text: String) {
        #expect(QueryReader("q=\(text)")["q"] == text)
    }

    @Test func refusesWhatIsNoNumber() throws {
        let query = QueryReader("limit=0&near=106.06,31.35,1&radius=NaN&bbox=1,2,3&id=../x")
        #expect(throws: GatewayError.self) { try query.integer("limit", in: 1...10) }
        #expect(throws: GatewayError.self) { try query.point("near") }
        #expect(throws: GatewayError.self) { try query.number("radius", in: 1...10) }
        #expect(throws: GatewayError.self) { try query.numbers("bbox", count: 4) }
        #expect(throws: GatewayError.self) { let _: CameraPointID? = try query.identifier("id") }
        #expect(try query.integer("absent", in: 1...2) == nil)
    }

    @Test func readsTheFiltersOfPoints() throws {
        let query = try CameraPointRoutes.query(
            QueryReader("accessMethod=direct&health=online&near=106.06,31.35&radius=500&bbox=106,31,107,32&limit=7&q=nbxyh"))
        #expect(query.accessMethod == .direct)
        #expect(query.health == .online)
        #expect(query.near?.radius == 500)
        #expect(query.box?.northEast.longitude == 107)
        #expect(query.limit == 7)
        #expect(query.text == "nbxyh")
        #expect(throws: GatewayError.self) { try CameraPointRoutes.query(QueryReader("bbox=107,31,106,32")) }
        #expect(throws: GatewayError.self) { try CameraPointRoutes.query(QueryReader("accessMethod=satellite")) }
    }
}
