import GatewayCore
import NIOConcurrencyHelpers
import NIOEmbedded
import Testing

@testable import FeedRelay

@Suite struct StillViewsTests {
    private final class Gate: ViewerGate {
        let steps = NIOLockedValueBox<[String]>([])
        func admit(_ request: ViewRequest) -> Admission { .refused(GatewayError(.forbidden, "unused", "unused")) }
        func isStillGood(_ grant: ViewGrant) -> Bool { true }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {
            steps.withLockedValue { $0.append("started \(medium.rawValue)") }
        }
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {
            steps.withLockedValue { $0.append("ended \(bytes)") }
        }
    }

    @Test("a still each second by one ticket is one view; it ends when no more are asked for")
    func oneViewATicket() async throws {
        let gate = Gate()
        let views = StillViews(pause: .milliseconds(40))
        let loop = NIOAsyncTestingEventLoop()
        let first = views.join("t", grant: .sample(), peer: "p", gate: gate, on: loop)
        views.sent(100, for: "t")
        let second = views.join("t", grant: .sample(), peer: "p", gate: gate, on: loop)
        views.sent(50, for: "t")
        #expect(first.viewID == second.viewID)
        #expect(gate.steps.withLockedValue { $0 } == ["started snapshot"])
        try await eventually("the end") {
            await loop.advanceTime(by: .milliseconds(40))
            return gate.steps.withLockedValue { $0.count == 2 ? true : nil }
        }
        #expect(gate.steps.withLockedValue { $0.last } == "ended 150")
        let third = views.join("t", grant: .sample(), peer: "p", gate: gate, on: loop)
        #expect(third.viewID != first.viewID)
        await loop.shutdownGracefully()
    }
}
