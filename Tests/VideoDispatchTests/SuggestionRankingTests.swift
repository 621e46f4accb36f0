import CameraRegistry
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct SuggestionRankingTests {
    private let ranking = SuggestionRanking()
    private let situation = LinkSituation(isActive: true, isDrill: false)

    /// A point at a distance, looking at the spot unless told otherwise.
    private func near(
        _ name: String, _ metres: Double, looksAway: Bool = false, health: HealthState = .online,
        category: SourceCategory = .xueliang,
        coverage: Coverage = .street, method: AccessMethod = .direct, status: PointStatus = .inUse
    ) -> CameraPointListing {
        let place = spot.moved(metres, bearing: 90)
        return listing(
            makePoint(name, method: method, category: category, coverage: coverage, location: place, status: status) {
                $0.azimuth = looksAway ? 90 : 270
                $0.fieldOfView = 80
                $0.visibleRange = 1_000
                $0.recordSaveDays = 30
            }, health: health)
    }

    private func names(_ listings: [CameraPointListing], limit: Int = 20, _ situation: LinkSituation? = nil) -> [String] {
        ranking.rank(listings, spot: spot, situation: situation ?? self.situation, today: today, limit: limit).map(
            \.listing.point.name)
    }

    @Test func nearerComesFirst() {
        #expect(names([near("c", 300), near("a", 20), near("b", 100)]) == ["a", "b", "c"])
    }

    @Test func aViewOfTheSpotBeatsANearerBack() {
        #expect(names([near("back", 60, looksAway: true), near("front", 90)]) == ["front", "back"])
    }

    @Test func aHealthyPointBeatsANearerSickOne() {
        #expect(names([near("sick", 60, health: .degraded), near("well", 80)]) == ["well", "sick"])
        #expect(names([near("dead", 10, health: .offline), near("well", 2_000)]) == ["well", "dead"])
    }

    @Test func aPrivatePointComesLastUnlessClose() {
        #expect(names([near("shop", 150, category: .shopfront), near("street", 1_500)]) == ["street", "shop"])
        #expect(names([near("shop", 50, category: .shopfront), near("street", 1_500)]) == ["shop", "street"])
    }

    @Test func aRoomComesAfterAPrivateStreetUnlessClose() {
        let room = near("room", 60, coverage: .interior)
        #expect(names([room, near("shop", 800, category: .shopfront)]) == ["shop", "room"])
        #expect(names([near("room", 30, coverage: .interior), near("shop", 800, category: .shopfront)]) == ["room", "shop"])
    }

    @Test func whatCannotBeLinkedIsLastAndSaysWhy() throws {
        let ranked = ranking.rank(
            [near("repair", 5, status: .repair), near("dead", 900, health: .offline)], spot: spot, situation: situation,
            today: today,
            limit: 5)
        #expect(ranked.map(\.listing.point.name) == ["dead", "repair"])
        #expect(ranked[1].refusal?.reason == "pointNotInUse")
        #expect(!ranked[1].isLinkable)
        #expect(ranked[1].reasons.last == ranked[1].refusal?.message)
    }

    @Test func removedPointsAndThoseWithoutAPlaceAreLeftOut() {
        #expect(names([near("gone", 5, status: .removed), listing(makePoint("nowhere", location: nil))]) == [])
    }

    @Test func aCollectionPointHasAPlaceWithItsOwnersContact() throws {
        let many = (1...10).map { near("c\($0)", Double($0) * 10) }
        let ranked = ranking.rank(
            many + [near("shop", 90, category: .shopfront, method: .collection)], spot: spot, situation: situation, today: today,
            limit: 5)
        #expect(ranked.map(\.listing.point.name) == ["c1", "c2", "c3", "c4", "shop"])
        let last = try #require(ranked.last)
        #expect(last.contact == .init(owner: "南部县公安局", phone: "0817-5550000"))
        #expect(last.refusal?.reason == "collectionPoint")
        #expect(last.coversSpot == nil)
        #expect(last.reasons == ["距事发地 90 米", "信息采集点,无实时画面", "录像保存 30 天", "可联系南部县公安局"])
    }

    @Test func saysWhy() throws {
        let ranked = ranking.rank(
            [near("a", 85), near("b", 1_240, looksAway: true, health: .unknown, category: .community, coverage: .interior)],
            spot: spot,
            situation: situation, today: today, limit: 5)
        #expect(ranked[0].reasons == ["距事发地 85 米", "画面朝向事发地", "在线"])
        #expect(ranked[0].coversSpot == true)
        #expect(!ranked[0].needsGround && !ranked[0].needsReason)
        #expect(
            ranked[1].reasons == [
                "距事发地 1.2 公里", "超出可视距离 1 公里", "未检测", "社会资源(居民社区),须选法定事由", "室内画面,须说明理由",
            ])
        #expect(ranked[1].coversSpot == false)
        #expect(ranked[1].isLinkable && ranked[1].needsGround && ranked[1].needsReason)
    }

    @Test func scoresLieBetweenNoughtAndOneAndFall() {
        let all = (0..<60).map { index in
            near(
                "p\(index)", Double(index * 37 % 900), looksAway: index % 3 == 0, health: HealthState.allCases[index % 4],
                category: SourceCategory.allCases[index % 7], coverage: Coverage.allCases[index % 3],
                method: AccessMethod.allCases[index % 4])
        }
        let ranked = ranking.rank(all, spot: spot, situation: situation, today: today, limit: 60)
        #expect(ranked.allSatisfy { (0...1).contains($0.score) })
        let live = ranked.filter { $0.contact == nil }
        #expect(live.map(\.score) == live.map(\.score).sorted(by: >))
    }

    @Test func isTheSameInWhateverOrderPointsCome() {
        let all = (0..<30).map { near("p\($0)", Double($0 % 5) * 100) }
        let first = names(all, limit: 30)
        for _ in 0..<5 { #expect(names(all.shuffled(), limit: 30) == first) }
    }

    @Test func theLimitHolds() {
        let all = (1...30).map { near("p\($0)", Double($0)) }
        for limit in [0, 1, 2, 7, 30, 99] { #expect(names(all, limit: limit).count == min(limit, 30)) }
    }

    @Test func theCircleGrowsUntilEnoughCanBeLinked() {
        let some = [near("a", 10), near("b", 20), near("shop", 30, method: .collection)]
        #expect(ranking.isEnough(some, situation: situation, today: today, wanted: 2))
        #expect(!ranking.isEnough(some, situation: situation, today: today, wanted: 3))
        #expect(SuggestionRanking.radii == SuggestionRanking.radii.sorted())
    }

    @Test(arguments: [
        (0.0, "0 米"), (84.6, "85 米"), (999.4, "999 米"), (999.9, "999 米"), (1_000, "1 公里"), (1_249, "1.2 公里"), (12_050, "12.1 公里"),
    ])
    func distancesReadWell(metres: Double, text: String) {
        #expect(SuggestionRanking.text(ofDistance: metres) == text)
    }
}
