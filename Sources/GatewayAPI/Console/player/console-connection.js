// The one media connection of this console: `POST consoles`, then an endless `GET` whose bytes are split into messages.
// When it ends, a new console is opened after a back-off; `open` tells the wall to name its cells again, with new tickets.

import { BackOff } from "./back-off.js";
import { Demultiplexer } from "./demultiplexer.js";
import { FeedRouter } from "./feed-router.js";

const SILENCE_MS = 40_000; // keepalives come far more often
const HEAD_MS = 400; // a head that the gateway has not flushed yet does not hold up the first PUT
const STEADY_MS = 10_000;

export class ConsoleConnection extends EventTarget {
  #running = null;
  #attempt = null;
  router = new FeedRouter();
  state = "idle";
  id = null;
  error = null;
  retryAt = null;

  /** @param {import("../gateway/client.js").ApiClient} api  @param {import("./metrics.js").Metrics} metrics */
  constructor(api, metrics) {
    super();
    this.api = api;
    this.metrics = metrics;
  }

  start() {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#run(this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    if (this.id) this.api.delete(`/consoles/${this.id}`, { keepalive: true, quiet401: true }).catch(() => {});
    this.id = null;
    this.router.clear();
    this.#become("idle");
  }

  /** The gateway no longer knows this console: open another at once. */
  renew() {
    this.#attempt?.abort();
  }

  async #run(signal) {
    const backOff = new BackOff();
    while (!signal.aborted) {
      const began = performance.now();
      try {
        this.#become("connecting");
        await this.#once(signal);
        this.error = null;
      } catch (error) {
        if (signal.aborted) return;
        this.error = error;
        // The session may have ended: asking for it takes the person to the sign-in page.
        if (error.status === 401) this.api.get("/sessions/current").catch(() => {});
        if (error.status === 401 || error.status === 403) return this.#refused();
      }
      if (signal.aborted) return;
      if (performance.now() - began > STEADY_MS) backOff.reset();
      const wait = backOff.next();
      this.retryAt = performance.now() + wait;
      this.id = null;
      this.router.clear();
      this.metrics.connection.lost += 1;
      this.#become("lost");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #refused() {
    this.#running = null;
    this.#become("refused");
  }

  async #once(signal) {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const ended = AbortSignal.any([signal, attempt.signal]);
    const console = await this.api.post("/consoles", {}, { signal: ended });
    let watch = setTimeout(() => attempt.abort(), SILENCE_MS);
    try {
      const response = fetch(console.stream, { credentials: "same-origin", cache: "no-store", signal: ended });
      response.catch(() => {});
      await Promise.race([response, new Promise((resolve) => setTimeout(resolve, HEAD_MS))]);
      this.id = console.id;
      this.metrics.connection.opened += 1;
      this.#become("open");
      const answered = await response;
      if (!answered.ok) throw Object.assign(new Error(`媒体连接被拒绝（${answered.status}）`), { status: answered.status });
      const reader = answered.body.getReader();
      const demultiplexer = new Demultiplexer();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => attempt.abort(), SILENCE_MS);
        this.#take(demultiplexer.push(value), value.length);
      }
    } finally {
      clearTimeout(watch);
      attempt.abort();
    }
  }

  #take(messages, bytes) {
    this.metrics.connection.bytes += bytes;
    this.metrics.connection.messages += messages.length;
    for (const message of messages) this.router.route(message);
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
