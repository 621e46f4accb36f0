import Foundation
import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP
import Testing

@testable import FeedRelay

/// A relay to which streams are published, on loopback.
struct PublishedStage {
    /// Points are pushed but `pulled`; `nowhere` is none.
    struct Sources: SourceDirectory {
        let gone = NIOLockedValueBox(false)
        let declaredKbps: Int?

        func source(of feed: FeedID) -> CameraSource? {
            guard feed.cameraPoint.rawValue != "nowhere" else { return nil }
            let isPushed = feed.cameraPoint.rawValue != "pulled" && !gone.withLockedValue { $0 }
            let url =
                isPushed
                ? StreamURL(scheme: .push, host: "relay", target: "/") : StreamURL(host: "127.0.0.1", port: 9, target: "/x")
            var source = CameraSource(url: url, credentials: nil)
            source.declaredKbps = declaredKbps
            return source
        }
    }

    /// Lets in whoever names a point as ticket, and what they like behind a `_`; keeps what it is told.
    final class Gate: ViewerGate, PublisherGate {
        enum Note: Equatable { case began, ended(PublishingEnd), refused(PublishingRefusal) }
        let notes = NIOLockedValueBox<[Note]>([])
        let bytes = NIOLockedValueBox<Int64>(0)
        let revoked = NIOLockedValueBox(false)
        let endsIn = NIOLockedValueBox<TimeInterval>(3_600)

        func admit(_ request: ViewRequest) -> Admission {
            guard let point = CameraPointID(rawValue: request.ticket) else {
                return .refused(GatewayError(.forbidden, "ticketInvalid", "no"))
            }
            return .granted(.sample(feed: FeedID(cameraPoint: point)))
        }
        func isStillGood(_ grant: ViewGrant) -> Bool { true }
        func viewStarted(_ grant: ViewGrant, medium: ViewMedium, peer: String) {}
        func viewEnded(_ grant: ViewGrant, bytes: Int64, reason: ViewEndReason) {}

        func admit(_ request: PublishRequest) -> PublishAdmission {
            switch request.ticket {
            case "forged": return .refused(GatewayError(.unauthenticated, "ticketInvalid", "no"))
            case "revoked": return .refused(GatewayError(.forbidden, "ticketRevoked", "no"))
            default:
                guard let ticket = PublishingTicketID(rawValue: request.ticket),
                    let point = CameraPointID(rawValue: String(request.ticket.prefix { $0 != "_" }))
                else {
                    return .refused(GatewayError(.unauthenticated, "ticketInvalid", "no"))
                }
                return .granted(
                    PublishGrant(
                        publication: .random(), ticket: ticket, feed: FeedID(cameraPoint: point),
                        endsAt: Date(timeIntervalSinceNow: endsIn.withLockedValue { $0 })))
            }
        }
        func isStillGood(_ grant: PublishGrant) -> Bool { !revoked.withLockedValue { $0 } }
        func publishingBegan(_ grant: PublishGrant, peer: String) { notes.withLockedValue { $0.append(.began) } }
        func publishingRefused(_ grant: PublishGrant, peer: String, because reason: PublishingRefusal) {
            notes.withLockedValue { $0.append(.refused(reason)) }
        }
        func publishingEnded(_ grant: PublishGrant, bytes: Int64, reason: PublishingEnd) {
            self.bytes.withLockedValue { $0 += bytes }
            notes.withLockedValue { $0.append(.ended(reason)) }
        }
    }

    let group: MultiThreadedEventLoopGroup
    let sources: Sources
    let gate: Gate
    let relay: FeedRelay
    let server: RTSPServer
    let states: NIOLockedValueBox<[FeedState]>
    let feed = FeedID(cameraPoint: CameraPointID(rawValue: "p1") ?? .random())

    /// The same by TLS, with a certificate that nobody vouches for, as long as `body` runs.
    func withSecureServer(_ body: (RTSPServer) async throws -> Void) async throws {
        let folder = URL.temporaryDirectory.appending(path: "lookout-publisher-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.appending(path: "c.pem").path(), folder.appending(path: "k.pem").path())
        let maker = try ForeignProcess(
            "openssl",
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway"]
                + ["-keyout", key, "-out", certificate])
        try await eventually("a certificate") { maker.hasEnded ? true : nil }
        var options = RTSPServer.Options(port: 0)
        options.certificate = try ServerCertificate(certificate: certificate, key: key)
        let secure = try await RTSPServer.bind(
            options, group: group, directory: FeedPresentations(relay: relay),
            publications: FeedPublications(relay: relay, gate: gate),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do { try await body(secure) } catch { Issue.record(error) }
        await secure.shutdown()
    }

    func publisher(_ ticket: String = "p1") async throws -> LoopbackPublisher {
        try await LoopbackPublisher(port: server.port, ticket: ticket, on: group)
    }

    func datagramPublisher() async throws -> DatagramPublisher { try await DatagramPublisher(port: server.port, on: group) }

    func player(_ point: String = "p1") -> LoopbackPlayer {
        LoopbackPlayer(port: server.port, target: "/feeds/\(point)/main?ticket=\(point)", on: group.next())
    }

    func untilLive() async throws {
        try await eventually("a live feed") { await relay.state(of: feed) == .live ? true : nil }
    }

    /// What the feed says of why it waits, or said before it tried again.
    func untilWaiting(_ words: String) async throws {
        try await eventually("«\(words)» among \(states.withLockedValue { $0 })") { () -> Bool? in
            states.withLockedValue { states in
                states.contains { state in
                    guard case .backingOff(_, let failure) = state else { return false }
                    return failure.message.contains(words)
                } ? true : nil
            }
        }
    }

    /// - Parameter threads: with one, publisher and feed share a loop; with several, as a rule, they do not.
    static func run(
        _ options: FeedOptions = FeedOptions(), declaredKbps: Int? = nil, threads: Int = 3,
        _ body: (PublishedStage) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let gate = Gate()
        let states = NIOLockedValueBox<[FeedState]>([])
        let sources = Sources(declaredKbps: declaredKbps)
        let relay = FeedRelay(
            group: group, directory: sources, gate: gate, options: options, logger: logger,
            stateChanged: { _, state in states.withLockedValue { $0.append(state) } })
        let server = try await RTSPServer.bind(
            .init(port: 0), group: group, directory: FeedPresentations(relay: relay),
            publications: FeedPublications(relay: relay, gate: gate), logger: logger)
        do {
            try await body(
                PublishedStage(group: group, sources: sources, gate: gate, relay: relay, server: server, states: states))
        } catch {
            Issue.record(error)
        }
        await server.shutdown()
        await relay.shutdown()
        try await group.shutdownGracefully()
    }
}
