import Footage
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct ReconcilePlanTests {
    private func demand(_ streams: Set<StreamRole> = [.main, .sub], record: Bool = true) -> ReconcilePlan.Demand {
        let link = Link(
            incident: .random(), cameraPoint: .random(), cameraPointName: "", record: record, ground: nil, reason: nil,
            linkedAt: noon,
            linkedBy: makeActor(), expiresAt: noon + 60)
        return ReconcilePlan.Demand(link, streams: streams)
    }

    @Test func cellsTakeSubAndRecordingTakesMain() {
        let both = demand()
        #expect(Set(both.feeds.map(\.stream)) == [.main, .sub])
        #expect(both.recorded?.stream == .main)
        let watched = demand(record: false)
        #expect(watched.feeds.map(\.stream) == [.sub])
        #expect(watched.recorded == nil)
        #expect(demand([.main]).feeds.map(\.stream) == [.main])
        #expect(demand([.sub]).recorded?.stream == .sub)
        #expect(demand([]).feeds == [])
        #expect(demand([]).recorded == nil)
    }

    /// Performs the actions on a picture of relay and recorder.
    private struct Held {
        var leases: [FeedID: Set<String>] = [:]
        var recorders: [LinkID: FeedID] = [:]

        mutating func perform(_ actions: [ReconcilePlan.Action]) {
            for action in actions {
                switch action {
                case .hold(let feed, let key): leases[feed, default: []].insert(key)
                case .release(let feed, let key):
                    leases[feed]?.remove(key)
                    if leases[feed]?.isEmpty == true { leases[feed] = nil }
                case .startRecording(let request): recorders[request.link] = request.feed
                case .stopRecording(let link): recorders[link] = nil
                }
            }
        }

        func fits(_ demands: [ReconcilePlan.Demand], foreign: [FeedID: Set<String>]) -> Bool {
            var wanted = foreign
            for demand in demands {
                for feed in demand.feeds { wanted[feed, default: []].insert(ReconcilePlan.key(demand.link)) }
            }
            let recorded = demands.compactMap { demand in demand.recorded.map { (demand.link, $0) } }
            return leases == wanted && recorders == Dictionary(recorded, uniquingKeysWith: { $1 })
        }
    }

    @Test func startsFromNothing() {
        let demand = demand()
        var held = Held()
        held.perform(ReconcilePlan.actions(demands: [demand], held: [:], recorders: [:]))
        #expect(held.fits([demand], foreign: [:]))
    }

    @Test func doesNothingWhereAllIsRight() {
        let demands = [demand(), demand(record: false)]
        var held = Held()
        held.perform(ReconcilePlan.actions(demands: demands, held: held.leases, recorders: held.recorders))
        #expect(ReconcilePlan.actions(demands: demands, held: held.leases, recorders: held.recorders) == [])
    }

    @Test func letsGoOfWhatNobodyDemands() {
        let demand = demand()
        var held = Held()
        held.perform(ReconcilePlan.actions(demands: [demand], held: [:], recorders: [:]))
        held.perform(ReconcilePlan.actions(demands: [], held: held.leases, recorders: held.recorders))
        #expect(held.leases.isEmpty && held.recorders.isEmpty)
    }

    @Test func leavesForeignLeasesAlone() {
        let feed = FeedID(cameraPoint: .random())
        let foreign: [FeedID: Set<String>] = [feed: ["wall:1"]]
        #expect(ReconcilePlan.actions(demands: [], held: foreign, recorders: [:]) == [])
    }

    @Test func aRecorderOnTheWrongFeedIsStoppedBeforeTheRightOneStarts() throws {
        let demand = demand()
        let wrong = FeedID(cameraPoint: .random())
        let actions = ReconcilePlan.actions(demands: [demand], held: [:], recorders: [demand.link: wrong])
        let stop = actions.firstIndex(of: .stopRecording(demand.link))
        let start = actions.firstIndex { if case .startRecording = $0 { true } else { false } }
        #expect(try #require(stop) < #require(start))
    }

    /// A feed that two links share, or that changes hands, is held before it is let go.
    @Test func holdsComeBeforeReleases() throws {
        let old = demand(), new = demand()
        var held = Held()
        held.perform(ReconcilePlan.actions(demands: [old], held: [:], recorders: [:]))
        let actions = ReconcilePlan.actions(demands: [new], held: held.leases, recorders: held.recorders)
        let lastHold = actions.lastIndex { if case .hold = $0 { true } else { false } }
        let firstRelease = actions.firstIndex { if case .release = $0 { true } else { false } }
        #expect(try #require(lastHold) < #require(firstRelease))
    }

    /// From any state whatever, one pass leads to the right one, and a second does nothing.
    @Test func convergesFromAnyState() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let demands = (0..<Int.random(in: 0...5)).map { _ in
                demand([[], [.main], [.sub], [.main, .sub]].randomElement()!, record: .random())
            }
            let feeds = demands.flatMap(\.feeds) + (0..<3).map { _ in FeedID(cameraPoint: .random(), stream: .sub) }
            let links = demands.map(\.link) + [.random(), .random()]
            var held = Held()
            var foreign: [FeedID: Set<String>] = [:]
            for feed in feeds {
                for link in links where Int.random(in: 0..<3, using: &generator) == 0 {
                    held.leases[feed, default: []].insert(ReconcilePlan.key(link))
                }
                if Bool.random() {
                    held.leases[feed, default: []].insert("wall:7")
                    foreign[feed] = ["wall:7"]
                }
            }
            for link in links where Bool.random() { held.recorders[link] = feeds.randomElement() }
            held.perform(ReconcilePlan.actions(demands: demands, held: held.leases, recorders: held.recorders))
            #expect(held.fits(demands, foreign: foreign))
            #expect(ReconcilePlan.actions(demands: demands, held: held.leases, recorders: held.recorders) == [])
        }
    }
}
