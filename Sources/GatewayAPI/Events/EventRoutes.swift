import Accounts
import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird
import IncidentCommand
import NIOCore

/// `events`: the gateway's events as they are written, resumable by `Last-Event-ID`.
///
/// A stream reads the table from where it stopped whenever the broadcast wakes it, writes a comment when nothing was said
/// for a while, and ends with the session, the caller's rights, the connection or the daemon. What is written waits for the
/// socket: a slow reader holds at most one page of events.
struct EventRoutes {
    static let pageSize = 200

    let services: Services
    let broadcast: EventBroadcast
    let keepAlive: Duration

    func add(to table: inout RouteTable) {
        let services = services
        let (broadcast, keepAlive) = (broadcast, keepAlive)
        table.on(.get, "events", .right(.event, .read)) { call in
            let resumed = (call.request.headers[.lastEventID] ?? call.query["lastEventId"]).flatMap { Int64($0) }
            let latest = try await services.events.latestID()
            // A number from the future is of another database: begin anew rather than wait for it.
            let start = resumed.flatMap { (0...latest).contains($0) ? $0 : nil } ?? latest
            let signals = try broadcast.subscribe(session: call.caller.session?.id, account: call.caller.account.id)
            // The session may have ended between the sign-in's check and the subscription that is told of its end.
            if let token = call.caller.token { _ = try await services.accounts.authenticate(token.text) }
            return Response(
                status: .ok,
                headers: [
                    .contentType: ServerSentEvent.contentType, .cacheControl: "no-store",
                    .accelBuffering: "no",
                ],
                body: ResponseBody { writer in
                    var writer = writer
                    // The peer's going ends the stream; otherwise its end would be seen at the next write only.
                    try? await call.request.body.consumeWithCancellationOnInboundClose { _ in
                        try await Self.stream(call.caller, after: start, signals, services, keepAlive, to: &writer)
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private static func stream(
        _ caller: Caller, after start: Int64, _ signals: AsyncStream<EventBroadcast.Signal>, _ services: Services,
        _ keepAlive: Duration, to writer: inout any ResponseBodyWriter
    ) async throws {
        let disclosure = EventDisclosure(caller: caller, points: services.points)
        var last = start
        var silentSince = ContinuousClock.now
        try await writer.write(ServerSentEvent.opening)
        var iterator = signals.makeAsyncIterator()
        repeat {
            while true {
                let page = try await services.events.events(after: last, limit: pageSize)
                var bytes = ByteBuffer()
                for event in page {
                    last = event.id
                    guard try await disclosure.shows(event) else { continue }
                    let data = try WireCoding.encode(EventBody(event: event))
                    bytes.writeImmutableBuffer(ServerSentEvent.bytes(id: event.id, kind: event.kind.rawValue, data: data))
                }
                if bytes.readableBytes > 0 {
                    try await writer.write(bytes)
                    silentSince = .now
                }
                if page.count < pageSize { break }
            }
            if ContinuousClock.now - silentSince >= keepAlive {
                try await writer.write(ServerSentEvent.keepAlive)
                silentSince = .now
            }
        } while await iterator.next() != nil
    }
}

extension HTTPField.Name {
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .via
}
