// The search over all camera points: by name, number, address or pinyin initials. Enter takes the chosen one.

import { ACCESS_METHOD, word } from "../model/glossary.js";
import { fill, h } from "../view/dom.js";
import { inlineFailure } from "../view/states.js";
import { healthMark } from "./badges.js";

export class CameraSearch {
  #input = h("input", {
    type: "search", placeholder: "搜索点位：名称、编码、拼音首字母", autocomplete: "off", spellcheck: "false", role: "combobox", maxlength: 60,
    aria: { label: "搜索点位", expanded: "false", controls: "camera-search-list", autocomplete: "list", keyshortcuts: "/" },
  });
  #list = h("ul.search-list", { id: "camera-search-list", role: "listbox", aria: { label: "点位" } });
  #results = [];
  #chosen = 0;
  #busy = false;

  /**
   * @param {import("../model/camera-index.js").CameraIndex} cameras
   * @param {{take: (point) => Promise<void>, note?: (point) => string, left?: () => void}} handlers
   *   `take` rejects with the refusal, which is shown under the field; `note` says what Enter will do
   */
  constructor(cameras, { take, note = () => "", left = () => {} }) {
    Object.assign(this, { cameras, take, note, left });
    this.element = h("div.search", this.#input, h("kbd.search-key", "/"), this.#list);
    this.#list.hidden = true;
    this.#input.addEventListener("input", () => { this.#chosen = 0; this.#find(); });
    this.#input.addEventListener("focus", async () => {
      await cameras.refresh();
      this.#find();
    });
    this.#input.addEventListener("blur", () => setTimeout(() => { if (!this.element.contains(document.activeElement)) this.#close(); }, 120));
    this.#input.addEventListener("keydown", (event) => this.#press(event));
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  #press(event) {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.#results.length) {
      event.preventDefault();
      this.#chosen = (this.#chosen + step + this.#results.length) % this.#results.length;
      this.#draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(this.#results[this.#chosen]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#input.value = "";
      this.#close();
      this.#input.blur();
      this.left();
    }
  }

  #find() {
    this.#results = this.cameras.search(this.#input.value, 8);
    this.#draw();
  }

  #draw() {
    const text = this.#input.value.trim();
    if (!text) return this.#close();
    this.#open();
    if (this.cameras.error && !this.cameras.points.length) {
      fill(this.#list, h("li.search-note", inlineFailure(this.cameras.error)));
    } else if (!this.cameras.isLoaded) {
      fill(this.#list, h("li.search-note", "正在读取点位"));
    } else if (this.#results.length === 0) {
      fill(this.#list, h("li.search-note", `没有名称、编码或拼音含“${text}”的点位`));
    } else {
      fill(this.#list, this.#results.map((point, index) => this.#row(point, index)));
    }
    return undefined;
  }

  #row(point, index) {
    const chosen = index === this.#chosen;
    const id = `camera-search-${index}`;
    if (chosen) this.#input.setAttribute("aria-activedescendant", id);
    return h("li.search-row", {
      id, role: "option", aria: { selected: chosen }, onmousedown: (event) => event.preventDefault(), onclick: () => this.#choose(point),
    },
    h("span.search-name", point.name), healthMark(point.health),
    h("span.search-code.quiet", point.gbCode), h("span.quiet", word(ACCESS_METHOD, point.accessMethod)),
    h("span.search-does", this.note(point), chosen && h("kbd", "Enter")));
  }

  async #choose(point) {
    if (!point || this.#busy) return;
    this.#busy = true;
    try {
      await this.take(point);
      this.#input.value = "";
      this.#close();
    } catch (error) {
      this.#open();
      fill(this.#list, h("li.search-note", h("strong", point.name), inlineFailure(error)));
    } finally {
      this.#busy = false;
    }
  }

  #open() {
    this.#list.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
  }

  #close() {
    this.#list.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }
}
