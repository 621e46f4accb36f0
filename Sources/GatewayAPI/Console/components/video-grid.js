// The cells of an incident in their grid: which link stands where, which cell is chosen, which one fills the screen.

import { RECORDING } from "../model/glossary.js";
import { Arrangement, neighbour, PLACES } from "../model/arrangement.js";
import { h } from "../view/dom.js";
import { CellFigures } from "./cell-figures.js";
import "./cell.js";

const TICK_MS = 500;

export class VideoGrid extends EventTarget {
  #context;
  #entries = new Map(); // link id → {link, cell element, session, number of the media cell}
  #empty = [];
  #links = [];
  #known = false;
  #selected = 0;
  #expanded = null;
  #timer;
  #store;
  #full = new AbortController();
  #figures;
  element = h("div.grid", { role: "grid", aria: { label: "实时画面" } });

  constructor(context, incidentId) {
    super();
    this.#context = context;
    this.#store = `lookout.arrangement.${incidentId}`;
    this.incidentId = incidentId;
    this.arrangement = Arrangement.from(read(this.#store));
    this.#figures = new CellFigures(context.api, context.metrics);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.element.addEventListener("focusin", ({ target }) => {
      const cell = target.closest("lookout-cell");
      if (cell) this.#select(cell.place);
    });
    this.element.addEventListener("dblclick", ({ target }) => { if (target.closest("lookout-cell")) this.toggleFull(); });
    this.element.addEventListener("sound", () => this.toggleSound());
    document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) this.#collapse(); }, { signal: this.#full.signal });
  }

  unmount() {
    clearInterval(this.#timer);
    this.#figures.hide();
    this.#full.abort();
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    for (const entry of this.#entries.values()) this.#context.wall.hide(entry.cell.session);
    this.#entries.clear();
  }

  /** Resolves when the first cells have their pictures, or there are none to come, at the latest after `limit` ms. */
  settled(limit) {
    return new Promise((resolve) => {
      const ended = setTimeout(done, limit);
      const watch = setInterval(() => {
        const cells = [...this.#entries.values()].map((entry) => entry.cell.session);
        if (this.#known && cells.every((session) => session.record.firstFrameAt !== null || session.error)) done();
      }, 20);
      function done() {
        clearInterval(watch);
        clearTimeout(ended);
        resolve();
      }
    });
  }

  get selectedLink() {
    const key = this.arrangement.visible[this.#selected];
    return key ? this.#entries.get(key)?.link ?? null : null;
  }

  get isExpanded() {
    return this.#expanded !== null;
  }

  placeOf(linkId) {
    const index = this.arrangement.visible.indexOf(linkId);
    return index < 0 ? null : index;
  }

  /** The incident's active links; new ones appear, ended ones leave. */
  setLinks(links) {
    this.#links = links;
    this.#known = true;
    this.arrangement.sync(links.map((link) => link.id));
    this.#draw();
  }

  /** Brings a link to the screen and chooses its cell. */
  show(linkId) {
    this.#selected = this.arrangement.place(linkId);
    this.#draw();
    this.focus();
  }

  choose(side) {
    this.arrangement.choose(side);
    this.#selected = Math.min(this.#selected, this.arrangement.side ** 2 - 1);
    this.#draw();
  }

  move(arrow, { swap = false } = {}) {
    const to = neighbour(this.#selected, arrow, this.arrangement.side);
    if (swap) this.arrangement.swap(this.#selected, to);
    this.#selected = to;
    if (this.isExpanded) this.#collapse();
    this.#draw();
    this.focus();
  }

  removeSelected() {
    this.#collapse();
    if (this.arrangement.remove(this.#selected) === null) return;
    this.#draw();
    this.focus();
  }

  /** Enter on a failed cell asks for its picture again; on an empty one it answers false. */
  retrySelected() {
    const entry = this.#entryAt(this.#selected);
    if (!entry) return false;
    if (entry.cell.session.status().kind === "gone") entry.cell.session.retry();
    return true;
  }

  focus() {
    this.#cellAt(this.#selected)?.focus({ preventScroll: true });
  }

  toggleFull() {
    if (this.isExpanded) return this.#collapse();
    const entry = this.#entryAt(this.#selected);
    if (!entry) return undefined;
    this.#expanded = entry;
    entry.cell.classList.add("is-expanded");
    this.element.classList.add("has-expanded");
    this.#context.metrics.click();
    this.#useStream(entry, "main");
    entry.cell.requestFullscreen?.().catch(() => {});
    this.dispatchEvent(new Event("change"));
    return undefined;
  }

  /** The cell that fills the screen is heard, or not. Never more than one: whoever listens knows whom. */
  toggleSound() {
    const cell = this.#expanded?.cell;
    if (cell?.session?.hasSound) cell.sounds = !cell.sounds;
  }

  /** The technical figures of the chosen cell; a second time takes them away. */
  toggleFigures() {
    const entry = this.#entryAt(this.#selected);
    if (entry) this.#figures.toggle(entry.cell);
  }

  #collapse() {
    const entry = this.#expanded;
    if (!entry) return;
    this.#expanded = null;
    entry.cell.sounds = false;
    entry.cell.classList.remove("is-expanded");
    this.element.classList.remove("has-expanded");
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    if (this.#entries.get(entry.link.id) === entry) this.#useStream(entry, gridStream(entry.link));
    this.dispatchEvent(new Event("change"));
  }

  collapse() {
    this.#collapse();
  }

  #draw() {
    const { visible, side } = this.arrangement;
    this.element.dataset.side = String(side);
    const byId = new Map(this.#links.map((link) => [link.id, link]));
    for (const [key, entry] of this.#entries) {
      if (!visible.includes(key) || !byId.has(key)) this.#drop(key, entry);
    }
    visible.forEach((key, index) => {
      if (key === null || !byId.has(key)) return;
      const entry = this.#entries.get(key) ?? this.#begin(byId.get(key));
      entry.link = byId.get(key);
      entry.cell.place = index;
      entry.cell.style.order = String(index);
      entry.cell.caption(captionOf(entry.link, index));
    });
    this.#drawEmpty(visible, byId);
    this.#markSelected();
    write(this.#store, this.arrangement);
    this.dispatchEvent(new Event("change"));
  }

  #drawEmpty(visible, byId) {
    const places = visible.map((key, index) => (key === null || !byId.has(key) ? index : -1)).filter((index) => index >= 0);
    while (this.#empty.length > places.length) this.#empty.pop().remove();
    while (this.#empty.length < places.length) {
      const cell = document.createElement("lookout-cell");
      this.#empty.push(cell);
      this.element.append(cell);
    }
    places.forEach((index, position) => {
      const cell = this.#empty[position];
      cell.place = index;
      cell.style.order = String(index);
      cell.clear(String(index + 1), this.#links.length ? "按 / 搜索点位，Enter 上屏" : "从右侧推荐中关联，或按 / 搜索");
    });
  }

  #begin(link) {
    const cell = document.createElement("lookout-cell");
    this.element.append(cell);
    const entry = { link, cell, number: this.#freeNumber(), stream: gridStream(link) };
    this.#entries.set(link.id, entry);
    this.#assign(entry);
    return entry;
  }

  #assign(entry) {
    const { link, cell, number, stream } = entry;
    cell.assign(captionOf(link, cell.place), this.#context.account.name, (surface) => this.#context.wall.show(number, {
      cameraPointId: link.cameraPoint.id, purpose: "incident", stream, streams: link.cameraPoint.streams ?? [],
      ticketPath: `/incidents/${encodeURIComponent(this.incidentId)}/links/${encodeURIComponent(link.id)}/tickets`,
    }, surface));
  }

  #useStream(entry, stream) {
    if (entry.stream === stream) return;
    entry.stream = stream;
    entry.cell.session.change({ stream });
  }

  #drop(key, entry) {
    if (this.#expanded === entry) this.#collapse();
    this.#context.wall.hide(entry.cell.session);
    entry.cell.remove();
    this.#entries.delete(key);
  }

  #freeNumber() {
    const taken = new Set([...this.#entries.values()].map((entry) => entry.number));
    return Array.from({ length: PLACES }, (_, index) => index).find((index) => !taken.has(index)) ?? PLACES - 1;
  }

  #entryAt(index) {
    const key = this.arrangement.visible[index];
    return key ? this.#entries.get(key) ?? null : null;
  }

  #cellAt(index) {
    return [...this.element.children].find((cell) => cell.place === index) ?? null;
  }

  #select(index) {
    if (this.#selected === index) return;
    this.#selected = index;
    this.#markSelected();
    this.dispatchEvent(new Event("change"));
  }

  #markSelected() {
    for (const cell of this.element.children) {
      cell.tabIndex = cell.place === this.#selected ? 0 : -1;
      cell.classList.toggle("is-selected", cell.place === this.#selected);
    }
  }

  #tick() {
    for (const { cell } of this.#entries.values()) {
      cell.refresh();
      cell.mark();
    }
    this.#figures.refresh();
  }
}

function gridStream(link) {
  return link.cameraPoint.streams?.some((stream) => stream.role === "sub") ? "sub" : "main";
}

function captionOf(link, index) {
  const state = link.recording?.state;
  const note = state && state !== "off" ? RECORDING[state] : null;
  return { title: link.cameraPoint.name, number: String(index + 1), note };
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage the arrangement lasts as long as the page.
  }
}
