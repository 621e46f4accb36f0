// What one cell shows now: a ticket, a player that fits the codec, and what went wrong. The wall drives it; the cell's
// element reads `status()` and hears `change`.

import { cellStatus } from "../model/cell-status.js";
import { BackOff } from "./back-off.js";
import { Choice, playable, REFUSALS } from "./choice.js";
import { holdFrame } from "./held-frame.js";
import { MediaPlayer } from "./media-player.js";
import { StillPlayer } from "./still-player.js";

const TICKET_MARGIN_MS = 8_000;
const INIT_MS = 6_000;
const ASK_ANEW_MS = 10_000;

export class CellSession extends EventTarget {
  #wall;
  #surface;
  #player = null;
  #ticket = null;
  #asking = null;
  #retry = null;
  #initDeadline = null;
  #backOff = new BackOff({ first: 2000, limit: 30_000 });
  #visibleAt = 0;
  #choice;
  #asksAnew = false; // for a transcode, while stills are shown
  feed = null;
  still = false;
  error = null;
  ended = false;
  refusal = null; // why there is no transcode: `transcodesFull`, `transcodesOff`

  /**
   * @param {import("./video-wall.js").VideoWall} wall
   * @param {number} cell
   * @param {{cameraPointId: string, ticketPath: string, purpose: string, stream: string, reason?: string,
   *   streams?: {role: string, codec: string|null}[]}} subject  `streams`: what else the point has
   * @param {{video: HTMLVideoElement, canvas: HTMLCanvasElement, frozen(boolean): void}} surface
   */
  constructor(wall, cell, subject, surface) {
    super();
    this.#wall = wall;
    this.#surface = surface;
    this.cell = cell;
    this.subject = subject;
    this.#choice = new Choice(subject.stream);
    this.record = wall.metrics.begin(cell, subject.cameraPointId);
    this.visibility = () => { if (!document.hidden) this.#visibleAt = performance.now(); };
    document.addEventListener("visibilitychange", this.visibility);
  }

  destroy() {
    this.ended = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#initDeadline);
    document.removeEventListener("visibilitychange", this.visibility);
    this.#release();
    this.#stopPlayer({ freeze: false });
    this.#wall.metrics.end(this.record);
  }

  /** The cell is wanted on the media connection (a failed one is not, nor a still that does not ask for more). */
  get wantsFeed() {
    return !this.ended && this.error === null && (!this.still || this.#asksAnew);
  }

  /** Asked for as H.264: this browser plays none of the point's streams. */
  get transcode() {
    return this.#choice.transcode;
  }

  /**
   * The ticket to name this cell by; throws `ApiError`. A cell whose feed flows keeps its own, however old: the gateway
   * admits it once, and a new one would begin the view anew.
   */
  async ticket() {
    if (this.#ticket && this.feed !== null) return this.#ticket;
    if (this.#ticket && Date.parse(this.#ticket.expiresAt) - Date.now() > TICKET_MARGIN_MS) return this.#ticket;
    const { ticketPath, purpose, stream, reason } = this.subject;
    this.#asking ??= this.#wall.api.post(ticketPath, { purpose, stream, reason }).finally(() => { this.#asking = null; });
    this.#ticket = await this.#asking;
    this.record.ticketAt ??= performance.now();
    return this.#ticket;
  }

  /** Gets the ticket for the next PUT; decides where the ticket already tells a codec that cannot be played. */
  async prepare() {
    // The player opens its MediaSource while the ticket is on its way.
    if (this.#player === null) this.#play();
    try {
      const ticket = await this.ticket();
      if (!this.transcode && !this.still && ticket.mimeType && !playable(ticket.mimeType)) this.cannotPlay();
      return ticket;
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** The gateway's answer for this cell. */
  applied(answer) {
    if (answer.error && REFUSALS.has(answer.error.reason)) return this.refused(answer.error.reason);
    if (answer.error) return this.fail(answer.error);
    this.record.putAt ??= performance.now();
    this.#endStills();
    if (answer.mimeType && !playable(answer.mimeType)) return this.cannotPlay();
    if (this.#player === null) this.#play();
    if (this.feed !== answer.feed) {
      this.#release();
      this.feed = answer.feed;
      this.#wall.connection.router.claim(this.feed, this.#player);
    }
    this.changed();
  }

  /** The media connection is gone: hold the last picture, forget the ticket. */
  interrupted() {
    this.#release();
    this.#ticket = null;
    if (!this.still) this.#stopPlayer({ freeze: true });
    if (this.error?.transient) this.error = null;
    this.changed();
  }

  fail(error) {
    const lasting = error.code === "forbidden" || error.code === "notFound" || error.code === "unauthenticated" || error.reason === "codec";
    this.error = { message: error.message, remedy: error.remedy ?? null, reason: error.reason ?? "", transient: !lasting };
    this.#release();
    this.#stopPlayer({ freeze: true });
    if (!lasting && !this.ended) this.#retry = setTimeout(() => this.retry(), this.#backOff.next());
    this.changed();
    this.#wall.update();
  }

  retry() {
    clearTimeout(this.#retry);
    this.error = null;
    this.still = false;
    this.refusal = null;
    this.#asksAnew = false;
    this.#ticket = null;
    this.#release();
    this.#stopPlayer({ freeze: true });
    this.changed();
    this.#wall.update();
  }

  /** Another stream of the same point, in the same cell: the old picture stays until the new one moves. */
  change({ stream }) {
    this.#choice.change(stream);
    this.#use(stream);
  }

  #use(stream) {
    this.subject = { ...this.subject, stream };
    this.#wall.metrics.end(this.record);
    this.record = this.#wall.metrics.begin(this.cell, this.subject.cameraPointId);
    this.retry();
  }

  /** The browser cannot play what it is given. */
  cannotPlay() {
    if (this.still || this.ended) return;
    const next = this.#choice.next(this.subject.streams);
    if (next === "stills") return this.showStills();
    if (next === "stream") return this.#use(this.#choice.stream);
    // The ticket is as good for the transcode.
    this.#release();
    this.#stopPlayer({ freeze: true });
    this.changed();
    this.#wall.update();
  }

  /** The gateway makes as many transcodes as it may, or none: a still a second, and asked again in a while. */
  refused(reason) {
    this.refusal = reason;
    this.#asksAnew = false;
    this.showStills();
    clearTimeout(this.#retry);
    if (reason === "transcodesFull") {
      this.#retry = setTimeout(() => {
        this.#asksAnew = true;
        this.#wall.update();
      }, ASK_ANEW_MS);
    }
    this.changed();
  }

  /** The gateway has a slot at last: the still stays until the picture moves. */
  #endStills() {
    if (!this.still) return;
    this.still = false;
    this.refusal = null;
    this.#asksAnew = false;
    this.#stopPlayer({ freeze: false });
  }

  showStills() {
    if (this.still || this.ended) return;
    this.still = true;
    this.#release();
    this.#stopPlayer({ freeze: true });
    this.#player = new StillPlayer(this.#surface.canvas, async () => snapshotPath(await this.ticket()), this.record);
    this.#player.addEventListener("refused", () => { this.#ticket = null; });
    this.#listen();
    this.#surface.frozen(true);
    this.changed();
    this.#wall.update();
  }

  status() {
    const now = performance.now();
    const { connection } = this.#wall;
    const frameAt = this.#player?.frameAt ?? this.lastFrameAt ?? null;
    if (this.#player?.takenAt) this.record.lag = Math.round(now - this.#player.takenAt);
    const status = cellStatus({
      connection: connection.state,
      retryIn: (connection.retryAt ?? now) - now,
      gateway: this.#player?.gatewayState ?? null,
      frameAge: frameAt === null ? null : now - Math.max(frameAt, this.#visibleAt),
      lag: this.record.lag,
      still: this.still,
      substitute: this.#choice.substitute,
      transcoded: this.transcode,
      refusal: this.refusal,
      error: this.error ?? this.#player?.error ?? null,
    });
    this.record.state = status.kind;
    return status;
  }

  get hasSound() { return this.#player?.hasSound ?? false; }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  #play() {
    this.#player = new MediaPlayer(this.#surface.video, this.record);
    this.#player.addEventListener("unsupported", () => this.cannotPlay());
    this.#player.addEventListener("rebuild", () => holdFrame(this.#surface));
    this.#player.addEventListener("failed", () => this.fail({
      reason: "codec", message: "浏览器无法解码这路码流", remedy: "在“监控点位”页发起探测，核对编码参数",
    }));
    this.#listen();
  }

  #listen() {
    const player = this.#player;
    player.addEventListener("state", () => {
      const state = player.gatewayState?.state;
      if (state === "gone" && !this.#retryPlanned) this.#planReturn();
      if (state === "live" && !this.still) this.#awaitInit();
      this.changed();
    });
    player.addEventListener("frame", () => {
      const first = this.lastFrameAt === undefined;
      this.lastFrameAt = player.frameAt;
      if (!this.still) this.#surface.frozen(false);
      if (first) this.changed();
    });
  }

  #retryPlanned = false;

  /** A feed that is live but brings no init cannot be cut into fragments: its frames come out of order. */
  #awaitInit() {
    clearTimeout(this.#initDeadline);
    const player = this.#player;
    this.#initDeadline = setTimeout(() => {
      if (this.#player === player && this.record.initAt === null && player.gatewayState?.state === "live") this.cannotPlay();
    }, INIT_MS);
  }

  /** The feed was stopped; if the link still stands, its picture comes back by itself. */
  #planReturn() {
    this.#retryPlanned = true;
    this.#retry = setTimeout(() => {
      this.#retryPlanned = false;
      this.retry();
    }, this.#backOff.next());
  }

  #release() {
    if (this.feed !== null && this.#player) this.#wall.connection.router.release(this.feed, this.#player);
    this.feed = null;
  }

  #stopPlayer({ freeze }) {
    if (freeze && this.#player instanceof MediaPlayer) holdFrame(this.#surface);
    this.#player?.destroy();
    this.#player = null;
  }
}

/** The ticket's absolute URL as a path of this origin, whatever name the gateway knows itself by. */
export function snapshotPath(ticket) {
  const url = new URL(ticket.snapshot, location.href);
  return url.pathname + url.search;
}
