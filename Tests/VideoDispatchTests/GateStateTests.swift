import FeedRelay
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct GateStateTests {
    private let link = Link(
        incident: .random(), cameraPoint: .random(), cameraPointName: "", record: true, ground: nil, reason: nil, linkedAt: noon,
        linkedBy: makeActor(), expiresAt: noon + 100)
    private let session = SessionID.random()
    private let account = AccountID.random()

    private func ticket(
        purpose: ViewPurpose = .incident, point: CameraPointID? = nil, incident: IncidentID? = nil, issuedAt: Date = noon
    ) -> Ticket {
        Ticket(
            feed: FeedID(cameraPoint: point ?? link.cameraPoint, stream: .sub), purpose: purpose, account: account,
            session: session,
            incident: purpose == .incident ? incident ?? link.incident : nil, link: purpose == .incident ? link.id : nil,
            issuedAt: issuedAt)
    }

    private func active() -> GateState {
        var state = GateState(startedAt: noon - 10)
        state.activate(link)
        return state
    }

    private func reason(_ admission: Admission) -> String? {
        if case .refused(let error) = admission { error.reason } else { nil }
    }

    @Test func anActiveLinkAdmits() throws {
        guard case .granted(let grant) = active().admit(ticket(), medium: .rtsp, now: noon + 1) else {
            Issue.record("refused")
            return
        }
        #expect(grant.feed == ticket().feed && grant.account == account && grant.session == session)
        #expect(grant.link == link.id && grant.incident == link.incident && grant.purpose == .incident)
        #expect(grant.endsAt == nil)
    }

    @Test func everyAdmissionIsAViewOfItsOwn() {
        let state = active()
        let views = (0..<10).compactMap { _ in
            if case .granted(let grant) = state.admit(ticket(), medium: .rtsp, now: noon) { grant.viewID } else { nil }
        }
        #expect(Set(views).count == 10)
    }

    @Test func anUnknownLinkAdmitsNobody() {
        #expect(reason(GateState(startedAt: noon - 10).admit(ticket(), medium: .rtsp, now: noon)) == "linkEnded")
    }

    @Test func aLinkOpensItsOwnPointAndIncidentOnly() {
        #expect(reason(active().admit(ticket(point: .random()), medium: .rtsp, now: noon)) == "linkEnded")
        #expect(reason(active().admit(ticket(incident: .random()), medium: .rtsp, now: noon)) == "linkEnded")
    }

    @Test func anExpiredLinkAdmitsNobody() {
        let late = ticket(issuedAt: noon + 90)
        #expect(reason(active().admit(late, medium: .rtsp, now: noon + 99.9)) == nil)
        #expect(reason(active().admit(late, medium: .rtsp, now: noon + 100)) == "linkEnded")
    }

    @Test func anEndedLinkAdmitsNobody() {
        var state = active()
        #expect(state.deactivate([link.id, .random()]) == [link.id])
        #expect(reason(state.admit(ticket(), medium: .rtsp, now: noon)) == "linkEnded")
        state = active()
        #expect(state.deactivateAll(of: link.incident) == [link.id])
        #expect(reason(state.admit(ticket(), medium: .rtsp, now: noon)) == "linkEnded")
    }

    @Test func anEndedSessionAdmitsNobody() {
        var state = active()
        state.revoke(session: session, at: noon + 5)
        #expect(reason(state.admit(ticket(), medium: .rtsp, now: noon + 6)) == "sessionEnded")
    }

    @Test func aDisabledAccountsTicketsAreVoidThoseIssuedLaterAreNot() {
        var state = active()
        state.revoke(account: account, at: noon + 5)
        #expect(reason(state.admit(ticket(), medium: .rtsp, now: noon + 6)) == "sessionEnded")
        #expect(reason(state.admit(ticket(issuedAt: noon + 6), medium: .rtsp, now: noon + 7)) == nil)
    }

    @Test func revocationsAreForgottenWhenNoTicketCanBeThatOld() {
        var state = active()
        for _ in 0..<1_000 { state.revoke(session: .random(), at: noon) }
        #expect(state.revokedSessions.count == 1_000)
        state.revoke(session: session, at: noon + 2 * Ticket.lifetime + 1)
        #expect(state.revokedSessions.keys.map(\.self) == [session])
    }

    @Test func ticketsOfAnEarlierLifeAreVoid() {
        #expect(reason(active().admit(ticket(issuedAt: noon - 11), medium: .rtsp, now: noon)) == "ticketExpired")
    }

    /// A clock set back by an hour must not keep everyone out for an hour.
    @Test func aClockSetBackLocksNobodyOut() {
        #expect(reason(active().admit(ticket(issuedAt: noon - 3_600), medium: .rtsp, now: noon - 3_599)) == nil)
    }

    @Test func patrolNeedsNoLink() {
        #expect(reason(GateState(startedAt: noon - 10).admit(ticket(purpose: .patrol), medium: .console, now: noon)) == nil)
    }

    @Test func acceptanceEndsWithItsTicket() {
        let ticket = ticket(purpose: .acceptance)
        guard case .granted(let grant) = active().admit(ticket, medium: .live, now: noon) else {
            Issue.record("refused")
            return
        }
        #expect(grant.endsAt == noon + 60)
    }

    @Test func maintenanceIsAStillOnly() {
        for medium in ViewMedium.allCases {
            #expect(
                reason(active().admit(ticket(purpose: .maintenance), medium: medium, now: noon))
                    == (medium == .snapshot ? nil : "stillOnly"))
        }
    }

    @Test func whatTheStoreSaysReplacesWhatIsHeldUnlessItChangedMeanwhile() {
        var state = active()
        let before = state.linkChanges
        #expect(state.replaceLinks([], ifUnchangedSince: before) == [link.id])
        state.activate(link)
        #expect(state.replaceLinks([], ifUnchangedSince: before) == nil)
        #expect(reason(state.admit(ticket(), medium: .rtsp, now: noon)) == nil)
    }

    @Test func aLinkThatEndsBetweenAdmissionAndStartIsSeen() {
        var state = active()
        guard case .granted(let grant) = state.admit(ticket(), medium: .rtsp, now: noon) else {
            Issue.record("refused")
            return
        }
        #expect(state.isStillGood(grant))
        _ = state.deactivate([link.id])
        #expect(!state.isStillGood(grant))
    }
}
