// One cell's moving picture: an init segment and fragments into a MediaSource, kept at the live edge.
//
// The first fragment is shifted to time 0, so that the picture starts without a seek. `receive` takes the messages of the
// cell's feed; `unsupported` and `failed` events tell the cell that this way of showing it is over.

import { parseInit, parseState } from "./demultiplexer.js";
import { decodeTime, timescale } from "./boxes.js";
import { AppendQueue } from "./append-queue.js";
import { LagMeter } from "./lag-meter.js";
import { eviction, Hold, pace } from "./pace.js";

const TICK_MS = 250;
const REBUILDS = 4; // within a minute; more, and the stream itself is broken

export class MediaPlayer extends EventTarget {
  #video;
  #record;
  #source = null;
  #url = null;
  #buffer = null;
  #queue = new AppendQueue();
  #lag = new LagMeter();
  #hold = new Hold();
  #starting = true; // until the picture is at the live edge for the first time
  #init = null;
  #scale = null;
  #base = null; // media time (s) shown as time 0
  #last = null; // media time (s) of the newest fragment taken
  #relieving = false;
  #rebuilds = [];
  #timer = null;
  #listening = new AbortController();
  gatewayState = null;
  frameAt = null;

  constructor(video, record) {
    super();
    this.#video = video;
    this.#record = record;
    const { signal } = this.#listening;
    video.addEventListener("waiting", () => {
      this.#record.stalls += 1;
      // Not live yet, or the camera is silent: no fault of the network's.
      if (!this.#starting && this.gatewayState?.state === "live") this.#hold.stalled(performance.now());
      this.tick();
    }, { signal });
    video.addEventListener("error", () => this.#rebuild("decode"), { signal });
    document.addEventListener("visibilitychange", () => this.tick(), { signal });
    this.#open();
    this.#watchFrames();
    this.#timer = setInterval(() => this.tick(), TICK_MS);
  }

  destroy() {
    clearInterval(this.#timer);
    this.#listening.abort();
    this.#close();
    this.#queue.clear();
  }

  receive(message) {
    switch (message.kind) {
      case "init": return this.#receiveInit(message.payload);
      case "fragment": return this.#receiveFragment(message);
      case "state":
        this.gatewayState = parseState(message.payload) ?? this.gatewayState;
        return this.dispatchEvent(new Event("state"));
      case "gap": return this.tick();
      default: return undefined;
    }
  }

  /** Whether sound comes with the picture. */
  get hasSound() {
    return this.#init?.mimeType.includes("mp4a.") ?? false;
  }

  /** Lag of the picture in ms, `null` before the first frame. */
  get lag() {
    return this.#record.lag;
  }

  #receiveInit(payload) {
    let init;
    try {
      init = parseInit(payload);
    } catch {
      return;
    }
    this.#record.initAt ??= performance.now();
    this.#record.codec = init.mimeType;
    if (!MediaSource.isTypeSupported(init.mimeType)) {
      this.dispatchEvent(new CustomEvent("unsupported", { detail: init.mimeType }));
      return;
    }
    // The same init again is a renewed ticket on the same feed: the buffer goes on.
    if (this.#init && this.#init.mimeType === init.mimeType && equal(this.#init.segment, init.segment)) return;
    this.#init = init;
    this.#scale = timescale(init.segment) ?? 90_000;
    this.#queue.push({ kind: "init", key: false, bytes: init.segment, mimeType: init.mimeType });
    this.#drain();
  }

  #receiveFragment({ payload, key }) {
    if (!this.#init) return;
    const units = decodeTime(payload);
    if (units === null) return;
    const time = units / this.#scale;
    const now = performance.now();
    this.#record.fragmentAt ??= now;
    this.#lag.arrived(now, time);
    if (this.#last !== null && time <= this.#last) return; // cached again after a renewed ticket
    this.#last = time;
    this.#queue.push({ kind: "fragment", key, bytes: payload, time });
    this.#record.dropped = this.#queue.dropped;
    this.#drain();
  }

  // MARK: the buffer

  #open() {
    const source = new MediaSource();
    this.#source = source;
    this.#url = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => { if (this.#source === source) this.#drain(); }, { once: true });
    this.#video.src = this.#url;
  }

  #close() {
    this.#buffer = null;
    this.#source = null;
    this.#video.removeAttribute("src");
    this.#video.load();
    URL.revokeObjectURL(this.#url);
  }

  #drain() {
    const item = this.#queue.peek();
    if (!item || this.#source?.readyState !== "open" || this.#buffer?.updating) return;
    try {
      if (item.kind === "init") this.#appendInit(item);
      else this.#appendFragments();
      this.#relieving = false;
    } catch (error) {
      if (error.name === "QuotaExceededError") this.#relieve();
      else this.#rebuild("append");
    }
  }

  #appendInit(item) {
    if (!this.#buffer) {
      const buffer = this.#source.addSourceBuffer(item.mimeType);
      this.#buffer = buffer;
      buffer.addEventListener("updateend", () => { if (this.#buffer === buffer) { this.tick(); this.#drain(); } });
    } else if (item.mimeType !== this.#buffer.lookoutType) {
      this.#buffer.changeType(item.mimeType);
    }
    this.#buffer.lookoutType = item.mimeType;
    this.#buffer.appendBuffer(item.bytes);
    this.#queue.shift();
  }

  /** All fragments that wait, in one append: the cached GOP comes as dozens of small ones. */
  #appendFragments() {
    const first = this.#queue.peek();
    if (this.#base === null) {
      this.#base = first.time;
      this.#buffer.timestampOffset = -first.time;
    }
    const run = this.#queue.leading("fragment");
    this.#buffer.appendBuffer(run.length === 1 ? run[0].bytes : concatenate(run.map((item) => item.bytes)));
    this.#queue.drop(run.length);
    if (this.#video.paused) this.#play();
  }

  /** The browser's buffer is full: make room behind the picture, or leave what cannot be shown in time. */
  #relieve() {
    const ranges = this.#ranges();
    const now = this.#video.currentTime;
    if (ranges.length && now - ranges[0][0] > 1 && !this.#relieving) {
      this.#relieving = true;
      this.#buffer.remove(ranges[0][0], now - 0.5);
    } else {
      this.#rebuild("quota");
    }
  }

  /** Starts over with the known init at the next key fragment. */
  #rebuild(cause) {
    if (this.#listening.signal.aborted) return;
    const now = performance.now();
    this.#rebuilds = this.#rebuilds.filter((at) => at > now - 60_000);
    this.#rebuilds.push(now);
    this.#record.rebuilds += 1;
    this.dispatchEvent(new CustomEvent("rebuild", { detail: cause }));
    if (this.#rebuilds.length > REBUILDS) {
      this.dispatchEvent(new CustomEvent("failed", { detail: this.#video.error?.message ?? cause }));
      return;
    }
    this.#close();
    this.#queue.restart(this.#init && { kind: "init", key: false, bytes: this.#init.segment, mimeType: this.#init.mimeType });
    this.#base = null;
    this.#relieving = false;
    this.#starting = true;
    this.#open();
  }

  // MARK: the live edge

  tick() {
    if (!this.#buffer || this.#video.readyState < 1) return;
    const video = this.#video;
    const ranges = this.#ranges();
    this.#hold.tick(performance.now());
    const { target } = this.#hold;
    const decision = pace({
      ranges, currentTime: video.currentTime, stalled: video.readyState < 3, target, starting: this.#starting,
    });
    if (decision.rate <= 1 && ranges.length && this.#record.firstFrameAt !== null) this.#starting = false;
    if (decision.seekTo !== null && !video.seeking) {
      video.currentTime = decision.seekTo;
      this.#record[decision.cause === "late" ? "jumps" : "holes"] += 1;
    }
    if (video.playbackRate !== decision.rate) video.playbackRate = decision.rate;
    this.#record.behind = decision.behind;
    this.#record.rate = decision.rate;
    this.#record.target = target;
    const old = this.#buffer.updating ? null : eviction({ ranges, currentTime: video.currentTime });
    if (old) this.#buffer.remove(old[0], old[1]);
    if (video.paused && ranges.length && !document.hidden) this.#play();
  }

  /** A browser that lets nothing sound without a click shows the picture at least. */
  #play() {
    const video = this.#video;
    video.play().catch((error) => {
      if (error.name !== "NotAllowedError" || video.muted) return;
      video.muted = true;
      this.#play();
    });
  }

  #ranges() {
    const { buffered } = this.#buffer;
    return Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)]);
  }

  #watchFrames() {
    const next = (now, frame) => {
      if (this.#listening.signal.aborted) return;
      const record = this.#record;
      record.frames += 1;
      this.frameAt = now;
      if (this.#base !== null) record.lag = Math.round(this.#lag.lag(now, frame.mediaTime + this.#base) ?? 0);
      if (record.firstFrameAt === null) {
        record.firstFrameAt = now;
        record.firstFrame = now - record.clickedAt;
      }
      this.dispatchEvent(new Event("frame"));
      this.#video.requestVideoFrameCallback(next);
    };
    this.#video.requestVideoFrameCallback(next);
  }
}

function equal(one, other) {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function concatenate(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
