// Leads messages to the sinks that claimed their feed. A cell learns its feed number from the answer to a PUT, while the
// first messages may already be on the stream: what nobody has claimed yet is kept, bounded, until somebody does.

const UNCLAIMED_LIMIT = 8 * 1024 * 1024;

export class FeedRouter {
  #sinks = new Map();
  #unclaimed = new Map();
  #unclaimedBytes = 0;

  /** Hands the feed's messages to `sink.receive(message)`, first those kept so far. */
  claim(feed, sink) {
    const known = this.#sinks.get(feed) ?? new Set();
    known.add(sink);
    this.#sinks.set(feed, known);
    const kept = this.#unclaimed.get(feed);
    if (!kept) return;
    this.#forget(feed);
    for (const message of kept) sink.receive(message);
  }

  release(feed, sink) {
    const known = this.#sinks.get(feed);
    if (!known?.delete(sink)) return;
    if (known.size === 0) this.#sinks.delete(feed);
  }

  route(message) {
    if (message.kind === "keepalive") return;
    const sinks = this.#sinks.get(message.feed);
    if (sinks) {
      for (const sink of sinks) sink.receive(message);
    } else {
      this.#keep(message);
    }
  }

  #keep(message) {
    // A new init makes what came before it worthless.
    if (message.kind === "init") this.#forget(message.feed);
    const kept = this.#unclaimed.get(message.feed) ?? [];
    kept.push(message);
    this.#unclaimed.set(message.feed, kept);
    this.#unclaimedBytes += message.payload.length;
    while (this.#unclaimedBytes > UNCLAIMED_LIMIT && this.#unclaimed.size) this.#forget(this.#unclaimed.keys().next().value);
  }

  #forget(feed) {
    for (const message of this.#unclaimed.get(feed) ?? []) this.#unclaimedBytes -= message.payload.length;
    this.#unclaimed.delete(feed);
  }

  /** What released feeds left behind goes; claims stay. */
  dropUnclaimed() {
    this.#unclaimed.clear();
    this.#unclaimedBytes = 0;
  }

  clear() {
    this.#sinks.clear();
    this.dropUnclaimed();
  }

  get unclaimedBytes() {
    return this.#unclaimedBytes;
  }
}
