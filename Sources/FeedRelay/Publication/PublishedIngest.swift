import GatewayCore
import NIOCore
import RTSP

/// A feed that somebody publishes: what the publisher sends, from the moment at which the feed is needed.
///
/// Without a publisher it fails at once, on the loop's next turn; one that comes is an urgent need.
///
/// Confined to the feed's loop.
final class PublishedIngest: FeedIngest {
    private var feed: Feed?
    private var publisher: Publisher?

    init(feed: Feed) {
        self.feed = feed
        let ingest = NIOLoopBound(self, eventLoop: feed.loop)
        feed.loop.execute { ingest.value.begin() }
    }

    private func begin() {
        guard let feed else { return }
        guard let publisher = feed.publisher else {
            self.feed = nil
            return feed.failed(FeedFailure(outcome: .unreachable, message: "nobody publishes: it waits for its publisher"))
        }
        self.publisher = publisher
        feed.described(publisher.track)
        publisher.bring(to: self)
    }

    func received(_ packet: RawSpan) { feed?.received(packet) }
    func received(control: RawSpan) { feed?.received(control: control) }

    func ended(_ failure: FeedFailure) {
        publisher = nil
        let owner = feed
        feed = nil
        owner?.failed(failure)
    }

    /// The publisher stays: somebody may need the feed again.
    func close() {
        feed = nil
        publisher?.bring(to: nil)
        publisher = nil
    }
}
