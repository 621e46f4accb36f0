// The gateway's server-sent events, resumed by the browser with `Last-Event-ID`.

const KINDS = [
  "incident.opened", "incident.changed", "incident.ended", "link.created", "link.ended", "camera.health", "feed.state",
  "journal.appended", "recording.stopped", "account.changed",
];
const RETRY_MS = 5_000;

/** Dispatches `gateway` events with the event's data as detail, and `state` events (`open`, `lost`). */
export class EventStream extends EventTarget {
  #source = null;
  #retry = null;
  state = "idle";

  constructor(url = "/api/v1/events", Source = globalThis.EventSource) {
    super();
    this.url = url;
    this.Source = Source;
  }

  start() {
    if (this.#source) return;
    const source = new this.Source(this.url);
    this.#source = source;
    source.onopen = () => this.#become("open");
    source.onerror = () => {
      this.#become("lost");
      // The browser gives up for good on an HTTP error; a session may be back later.
      if (source.readyState === 2) {
        this.stop({ quiet: true });
        this.#retry = setTimeout(() => this.start(), RETRY_MS);
      }
    };
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.#pass(kind, event));
  }

  stop({ quiet = false } = {}) {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
    if (!quiet) this.#become("idle");
  }

  #pass(kind, event) {
    let data = {};
    try {
      data = JSON.parse(event.data) ?? {};
    } catch {
      // An unreadable event still says that something of this kind happened.
    }
    this.dispatchEvent(new CustomEvent("gateway", { detail: { ...data, kind } }));
  }

  #become(state) {
    if (this.state === state) return;
    const resumed = state === "open" && this.state === "lost";
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, resumed } }));
  }
}
