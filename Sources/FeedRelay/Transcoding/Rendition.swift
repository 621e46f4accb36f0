import GatewayCore

/// A feed as it came, or made into H.264 for browsers that play nothing else.
struct Rendition: Hashable, Sendable {
    let feed: FeedID
    let isTranscoded: Bool

    init(_ feed: FeedID, isTranscoded: Bool = false) {
        self.feed = feed
        self.isTranscoded = isTranscoded
    }
}
