import FeedRelay
import Foundation
import GatewayCore
import IncidentCommand
import Logging
import Synchronization

/// Writes what feeds do into the events, so that consoles hear of it. Loops only leave a note; a service writes.
///
/// Bounded: beyond 4,096 waiting notes the oldest go, since only the newest state of a feed counts.
final class FeedStateRecorder: Sendable {
    private let events: any EventStore
    private let logger: Logger
    private let notes: AsyncStream<EventDraft>
    private let continuation: AsyncStream<EventDraft>.Continuation

    init(events: any EventStore, logger: Logger) {
        self.events = events
        self.logger = logger
        (notes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4_096))
    }

    /// Called on event loops.
    @Sendable func note(_ feed: FeedID, _ state: FeedState) {
        var payload: [String: JSONValue] = ["state": .string(state.name), "stream": .string(feed.stream.rawValue)]
        if case .backingOff(_, let failure) = state { payload["error"] = .string(failure.message) }
        continuation.yield(
            EventDraft(at: Date(), kind: .feedState, subject: feed.description, cameraPoint: feed.cameraPoint, payload: payload))
    }

    /// Until cancelled.
    func run() async {
        for await note in notes {
            do {
                try await events.append([note])
            } catch {
                logger.warning("feed state not recorded", metadata: ["feed.id": "\(note.subject)", "error": "\(error)"])
            }
        }
    }
}
