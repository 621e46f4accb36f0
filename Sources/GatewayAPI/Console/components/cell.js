// One cell: the picture, what it is, whether it is live and how late, who looks at it and when.

import { stamp } from "../model/format.js";
import { h, setText } from "../view/dom.js";

const TILES = 25;
const DRIFT_S = 120;

/** `<lookout-cell>`: `assign` gives it a subject, `clear` makes it an empty place. */
export class LookoutCell extends HTMLElement {
  #session = null;
  #parts = null;
  #video = null;
  #viewer = "";
  place = 0;

  connectedCallback() {
    this.tabIndex = this.tabIndex < 0 ? -1 : this.tabIndex;
  }

  get session() {
    return this.#session;
  }

  /**
   * @param {{title: string, number: string, note?: {symbol: string, label: string}|null}} caption
   * @param {string} viewer  account name, in the watermark
   * @param {(surface) => import("../player/cell-session.js").CellSession} begin
   */
  assign(caption, viewer, begin) {
    this.#viewer = viewer;
    const video = h("video.cell-picture", { muted: true, playsinline: true, disablepictureinpicture: true, tabindex: "-1", aria: { hidden: true } });
    video.muted = true;
    const canvas = h("canvas.cell-picture.cell-still", { width: 16, height: 9, aria: { hidden: true } });
    const parts = {
      number: h("span.cell-number"), title: h("span.cell-title"), note: h("span.cell-note", h("span"), h("span.cell-word")),
      chip: h("span.cell-state"), lag: h("span.cell-lag", h("span.cell-word", "延迟 "), h("span")),
      sound: h("button.cell-sound", { type: "button", tabindex: "-1", onclick: () => this.dispatchEvent(new CustomEvent("sound", { bubbles: true })) }),
      message: h("div.cell-message", h("span.cell-message-mark", { aria: { hidden: true } }), h("p.cell-detail"), h("p.cell-remedy")),
      marks: Array.from({ length: TILES }, () => h("span")), sheet: h("div.watermark-sheet"),
    };
    parts.sheet.append(...parts.marks);
    this.#parts = parts;
    this.#video = video;
    this.replaceChildren(
      video, canvas,
      h("div.watermark", { aria: { hidden: true } }, parts.sheet),
      parts.message,
      h("div.cell-caption", parts.number, parts.title),
      h("div.cell-foot", parts.note, parts.sound, parts.chip, parts.lag));
    this.classList.remove("is-empty");
    this.caption(caption);
    const frozen = (on) => this.toggleAttribute("data-frozen", on);
    frozen(false);
    this.#session = begin({ video, canvas, frozen });
    this.#session.addEventListener("change", () => this.refresh());
    this.refresh();
    this.mark();
  }

  /** Whether it is heard, if there is anything to hear. */
  get sounds() {
    return this.#video !== null && !this.#video.muted;
  }

  set sounds(on) {
    if (!this.#video || this.sounds === on) return;
    this.#video.muted = !on;
    this.refresh();
  }

  caption({ title, number, note = null }) {
    if (!this.#parts) return;
    setText(this.#parts.number, number);
    setText(this.#parts.title, title);
    const [mark, words] = this.#parts.note.children;
    this.#parts.note.hidden = note === null;
    setText(mark, note?.symbol ?? "");
    setText(words, note ? ` ${note.label}` : "");
  }

  /** An empty place, with what can be done about it. */
  clear(number, hint) {
    this.#session = null;
    this.#parts = null;
    this.#video = null;
    this.classList.add("is-empty");
    delete this.dataset.state;
    this.removeAttribute("data-frozen");
    this.setAttribute("aria-label", `${number} 号窗口，空`);
    this.replaceChildren(h("div.cell-empty", h("span.cell-number", number), h("p", hint)));
  }

  /** Brings the state line up to date; cheap, called twice a second. */
  refresh() {
    if (!this.#session || !this.#parts) return;
    const status = this.#session.status();
    const { chip, lag, message, title, number } = this.#parts;
    if (this.dataset.state !== status.kind) this.dataset.state = status.kind;
    setText(chip, `${status.symbol} ${status.label}`);
    lag.hidden = status.lag === "";
    setText(lag.lastElementChild, status.lag);
    this.#drawSound();
    const [mark, detail, remedy] = message.children;
    const shows = status.kind === "gone" || status.kind === "connecting" || (status.kind === "stale" && status.detail !== "");
    message.toggleAttribute("hidden", !shows);
    setText(mark, status.kind === "connecting" ? "◌" : status.symbol);
    setText(detail, status.detail || status.label);
    setText(remedy, status.remedy);
    this.setAttribute("aria-label", `${number.textContent} 号窗口，${title.textContent}，${status.label}${status.lag ? `，延迟 ${status.lag}` : ""}`);
  }

  #drawSound() {
    const { sound } = this.#parts;
    const { hasSound } = this.#session;
    const on = hasSound && this.sounds;
    sound.disabled = !hasSound;
    sound.setAttribute("aria-pressed", String(on));
    setText(sound, hasSound ? `♪ 声音：${on ? "开" : "关"}` : "无声音");
    this.toggleAttribute("data-sounds", on);
  }

  /**
   * The watermark's time and place. It moves by steps, once a second: sixteen running animations would keep a wall's
   * graphics busy for nothing.
   */
  mark() {
    if (!this.#parts) return;
    const text = `${this.#viewer}\n${stamp()}`;
    if (this.#parts.marks[0].textContent === text) return;
    for (const element of this.#parts.marks) element.textContent = text;
    const turn = ((Date.now() / 1000) % DRIFT_S) / DRIFT_S * 2 * Math.PI;
    this.#parts.sheet.style.translate = `${(Math.sin(turn) * 4).toFixed(2)}rem ${(Math.cos(turn) * 2).toFixed(2)}rem`;
  }
}

customElements.define("lookout-cell", LookoutCell);
