import GatewayCore
import NIOConcurrencyHelpers
import NIOCore

/// How many transcodes may run at once, in the whole relay.
///
/// A slot belongs to a feed from the moment at which its first viewer is admitted until nobody looks any more; a transcode
/// that fails keeps it while it waits to be tried again, so that those who look at it are not turned out by others.
///
/// ## Concurrency model
/// A lock that admissions and each second's look at an idle transcode take.
final class TranscodeSlots: Sendable {
    /// For whoever was admitted to come.
    static let patience: TimeAmount = .seconds(5)

    private struct State {
        var claims: [FeedID: NIODeadline] = [:]
        var refused = 0
    }

    let limit: Int
    private let state = NIOLockedValueBox(State())

    init(limit: Int) { self.limit = max(0, limit) }

    /// Takes a slot, or keeps the one that the feed has; `false` if all belong to others.
    func claim(_ feed: FeedID, now: NIODeadline = .now()) -> Bool {
        state.withLockedValue { state in
            guard state.claims[feed] != nil || state.claims.count < limit else {
                state.refused += 1
                return false
            }
            state.claims[feed] = now
            return true
        }
    }

    /// Nobody looks: the slot is free again, unless somebody was admitted a moment ago and is still on the way.
    func giveBack(_ feed: FeedID, now: NIODeadline) {
        state.withLockedValue { state in
            guard let since = state.claims[feed], now - since >= Self.patience else { return }
            state.claims[feed] = nil
        }
    }

    /// The slot is free again at once.
    func release(_ feed: FeedID) { state.withLockedValue { $0.claims[feed] = nil } }

    var figures: TranscodeFigures {
        state.withLockedValue { TranscodeFigures(taken: $0.claims.count, limit: limit, refused: $0.refused) }
    }
}

/// The relay's transcodes at one moment.
package struct TranscodeFigures: Sendable, Hashable {
    /// Slots that belong to a feed.
    package let taken: Int
    /// As many may be taken at once; 0: the gateway makes none.
    package let limit: Int
    /// Requests for one more, since the relay began.
    package let refused: Int
}
