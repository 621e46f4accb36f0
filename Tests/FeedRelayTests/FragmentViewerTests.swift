import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP
import Testing

@testable import FeedRelay

@Suite(.timeLimit(.minutes(1))) struct FragmentViewerTests {
    private struct Camera: SourceDirectory {
        let port: Int
        func source(of feed: FeedID) -> CameraSource? {
            CameraSource(url: StreamURL(host: "127.0.0.1", port: port, target: "/camera"), credentials: nil)
        }
    }

    private struct Gate: ViewerGate {
        func admit(_ request: ViewRequest) -> Admission { .granted(.sample(feed: FeedID(cameraPoint: .random()))) }
        func isStillGood(_ grant: ViewGrant) -> Bool { true }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {}
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {}
    }

    /// Writes down what it is told, in order.
    // SAFETY: touched on the feed's loop only, but for `told`, which has a lock.
    private final class Witness: FragmentViewer, @unchecked Sendable {
        let grant: ViewGrant
        let isGone = false
        let medium = ViewMedium.live
        let peer = "test"
        var meter = ViewerMeter()
        let output: HTTPMediaOutput? = nil
        private let told = NIOLockedValueBox<[String]>([])
        var heard: [String] { told.withLockedValue { $0 } }

        init(feed: FeedID) { grant = .sample(feed: feed) }

        func begin(_ start: FragmentStart) { told.withLockedValue { $0 += ["begin"] + start.backlog.map { _ in "picture" } } }
        func deliver(_ fragment: MediaFragment) { told.withLockedValue { $0.append("picture") } }
        func deliver(_ state: FeedState) {}
        func overdue(now: NIODeadline, date: Date, stallTime: TimeAmount) -> ViewEndReason? { nil }
        func end(_ reason: ViewEndReason) {}
    }

    @Test("a cold feed whose first pictures come in one read: first how to decode them, then every one", arguments: [1, 3])
    func firstPicturesInOneRead(loops: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let camera = LoopbackCamera()
        let server = try await RTSPServer.bind(.init(port: 0), group: group, directory: camera, logger: logger)
        let relay = FeedRelay(group: group, directory: Camera(port: server.port), gate: Gate(), logger: logger)
        let id = FeedID(cameraPoint: .random())
        let feed = try #require(relay.feed(id))
        // On the feed's own loop, and on every other.
        let witnesses = group.makeIterator().map { (loop: $0, witness: Witness(feed: id)) }
        for (loop, witness) in witnesses { try await feed.loop.submit { feed.join(witness, on: loop) }.get() }
        try await camera.show(number: 1).send([(true, [1, 2, 3]), (true, [4, 5, 6]), (false, [7, 8, 9])])
        for (_, witness) in witnesses {
            try await eventually("three pictures") { witness.heard.count >= 4 ? true : nil }
            #expect(witness.heard == ["begin", "picture", "picture", "picture"])
        }
        await relay.shutdown()
        await server.shutdown()
        try await group.shutdownGracefully()
    }
}
