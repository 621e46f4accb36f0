import Foundation

/// The events of the gateway, oldest first. Stores write theirs inside the transaction that changes the thing.
package protocol EventStore: Sendable {
    /// At most `limit` events whose number is above `id`, by number.
    func events(after id: Int64, limit: Int) async throws -> [Event]

    /// The highest number given so far; 0 if there is none.
    func latestID() async throws -> Int64

    /// The highest number after each commit that wrote events. A slow reader misses values, never the last one.
    func latestIDs() -> AsyncStream<Int64>

    /// Writes events that no stored change brings with it: the state of a feed.
    func append(_ drafts: [EventDraft]) async throws

    /// Forgets events older than `date`; those of the last seven days stay whatever it says. Returns how many went.
    func prune(before date: Date) async throws -> Int
}
