import CameraRegistry
import Foundation
import GatewayCore
import IncidentCommand
import Testing

@testable import VideoDispatch

@Suite struct LinkRulesTests {
    private let rules = LinkRules()
    private let active = LinkSituation(isActive: true, isDrill: false)

    private func reason(
        _ listing: CameraPointListing, ground: LinkGround? = nil, reason: String? = nil, _ situation: LinkSituation? = nil
    ) -> String? {
        let request = LinkRequest(cameraPoint: listing.point.id, ground: ground, reason: reason)
        return rules.refusal(of: request, point: listing, situation: situation ?? active, today: today)?.reason
    }

    @Test func aPublicPointInUseIsLinkedWithoutMore() {
        #expect(reason(listing(makePoint())) == nil)
    }

    @Test func anEndedIncidentTakesNoLink() {
        #expect(reason(listing(makePoint()), LinkSituation(isActive: false, isDrill: false)) == "incidentEnded")
    }

    @Test func aPointIsLinkedOnce() {
        let point = makePoint()
        #expect(reason(listing(point), LinkSituation(isActive: true, isDrill: false, linked: [point.id])) == "alreadyLinked")
    }

    @Test func aCollectionPointIsRefusedWithItsOwnersContact() throws {
        let listing = listing(makePoint(method: .collection))
        let refusal = try #require(
            rules.refusal(of: LinkRequest(cameraPoint: listing.point.id), point: listing, situation: active, today: today))
        #expect(refusal.reason == "collectionPoint")
        #expect(refusal.details == ["owner": "南部县公安局", "phone": "0817-5550000"])
        #expect(refusal.remedy?.contains("0817-5550000") == true)
    }

    @Test(arguments: [PointStatus.repair, .removed]) func aPointNotInUseIsRefused(status: PointStatus) {
        #expect(reason(listing(makePoint(status: status))) == "pointNotInUse")
    }

    @Test func aPointWithoutStreamIsRefused() {
        #expect(reason(listing(makePoint(roles: []))) == "noStream")
    }

    @Test func aBannedPlaceIsRefused() {
        #expect(reason(listing(makePoint { $0.placeType = .hotelRoom })) == "placeTypeBanned")
    }

    @Test(arguments: SourceCategory.allCases) func everyPointNotBuiltByGovernmentNeedsAGround(category: SourceCategory) {
        let listing = listing(makePoint(category: category))
        #expect(reason(listing) == (category.isGovernmentBuilt ? nil : "groundRequired"))
        for ground in LinkGround.allCases { #expect(reason(listing, ground: ground) == nil) }
    }

    @Test func theIncidentsGroundServesItsLinks() {
        let situation = LinkSituation(isActive: true, isDrill: false, ground: .disaster)
        #expect(reason(listing(makePoint(category: .shopfront)), situation) == nil)
    }

    @Test func aDrillLinksNoPrivatePointWhateverTheGround() {
        let drill = LinkSituation(isActive: true, isDrill: true, ground: .dangerToLife)
        #expect(reason(listing(makePoint(category: .internetCafe)), ground: .dangerToLife, drill) == "privateInDrill")
        #expect(reason(listing(makePoint()), drill) == nil)
    }

    @Test(arguments: [nil, "", "  \n"]) func aViewIntoARoomAsksForAReason(given: String?) {
        #expect(reason(listing(makePoint(coverage: .interior)), reason: given) == "reasonRequired")
    }

    @Test func aViewIntoARoomIsLinkedWithAReason() {
        #expect(reason(listing(makePoint(coverage: .interior)), reason: "嫌疑人进入大厅") == nil)
        #expect(reason(listing(makePoint(coverage: .entrance))) == nil)
    }

    @Test func anExpiredLicenceSuspendsNewLinks() {
        let yesterday = CalendarDay(year: 2026, month: 11, day: 22)
        let point = makePoint(method: .securityCompany, category: .governmentBuilt)
        #expect(reason(listing(point, company: makeCompany(validUntil: yesterday))) == "licenceExpired")
        #expect(reason(listing(point, company: makeCompany(validUntil: today))) == nil)
        #expect(reason(listing(point, company: makeCompany(validUntil: nil))) == nil)
    }

    @Test func anExpiredDataRightSuspendsNewLinks() {
        let company = makeCompany(validUntil: nil)
        func point(_ day: CalendarDay?) -> CameraPoint {
            makePoint(method: .securityCompany, category: .governmentBuilt) { $0.dataRightExpiresOn = day }
        }
        #expect(reason(listing(point(CalendarDay(year: 2026, month: 11, day: 22)), company: company)) == "dataRightExpired")
        #expect(reason(listing(point(today), company: company)) == nil)
        #expect(reason(listing(point(nil), company: company)) == nil)
    }

    @Test func anIncidentHasAtMost32Links() {
        let many = Set((0..<32).map { _ in CameraPointID.random() })
        #expect(reason(listing(makePoint()), LinkSituation(isActive: true, isDrill: false, linked: many)) == "tooManyLinks")
        #expect(reason(listing(makePoint()), LinkSituation(isActive: true, isDrill: false, linked: Set(many.dropFirst()))) == nil)
    }

    /// Ground and reason are asked for; they do not make a point unlinkable.
    @Test func whatCanBeGivenIsNoObstacle() {
        let room = listing(makePoint(category: .shopfront, coverage: .interior))
        #expect(rules.obstacle(to: room, situation: active, today: today) == nil)
        #expect(rules.needsGround(room.point))
        #expect(rules.needsReason(room.point))
    }

    @Test func theDayIsChinas() {
        #expect(CalendarDay(inChina: Date(timeIntervalSince1970: 1_795_449_599)) == today)
        #expect(CalendarDay(inChina: Date(timeIntervalSince1970: 1_795_449_600)) == CalendarDay(year: 2026, month: 11, day: 24))
    }
}
